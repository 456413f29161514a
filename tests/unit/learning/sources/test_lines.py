from collections import Counter

from ostraka.learning.sources.lines import INCITEMENT, LANGUAGES, lines
from ostraka.learning.sources.samples import sample_lines


def test_there_are_at_least_1500_lines_in_eleven_languages() -> None:
    assert len(lines()) >= 1500
    counts = Counter(line.language for line in lines())
    assert set(counts) == set(LANGUAGES)
    assert max(counts, key=counts.__getitem__) == "en"
    assert min(counts.values()) >= 60


def test_no_line_stands_twice() -> None:
    counts = Counter(line.words.casefold() for line in lines())
    assert [words for words, count in counts.items() if count > 1] == []


def test_at_least_35_percent_are_calls_in_every_language() -> None:
    for language in LANGUAGES:
        own = [line for line in lines() if line.language == language]
        assert sum(line.labels[INCITEMENT] for line in own) >= 0.35 * len(own), language


def test_at_least_40_percent_of_the_benign_are_hard_look_alikes() -> None:
    benign = [line for line in lines() if not line.labels[INCITEMENT]]
    assert sum(line.look_alike for line in benign) >= 0.4 * len(benign)


def test_no_call_is_marked_as_a_look_alike() -> None:
    assert not any(line.look_alike and line.labels[INCITEMENT] for line in lines())


def test_one_idea_has_one_label_in_all_languages() -> None:
    labels: dict[str, set[bool]] = {}
    for line in lines():
        labels.setdefault(line.concept, set()).add(line.labels[INCITEMENT])
    assert all(len(answers) == 1 for answers in labels.values())


def test_translations_share_their_concept() -> None:
    languages: dict[str, set[str]] = {}
    for line in lines():
        languages.setdefault(line.concept, set()).add(line.language)
    assert languages["call: kill-them-all"] == set(LANGUAGES)
    assert sum(len(spoken) > 1 for spoken in languages.values()) >= 80


def test_no_line_outside_english_stands_alone_with_its_idea() -> None:
    english = {line.concept for line in lines() if line.language == "en"}
    assert {line.concept for line in lines()} == english


def test_the_samples_say_nothing_that_was_trained_on() -> None:
    trained = {line.words.casefold() for line in lines()}
    assert not trained & {line.words.casefold() for _, line in sample_lines()}
