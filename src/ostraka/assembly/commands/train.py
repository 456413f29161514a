"""``ostraka train``: learn a release from trusted pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ostraka.assembly import options
from ostraka.assembly.compose import chosen_stack
from ostraka.assembly.errors import SettingError
from ostraka.assembly.places import check_folder, check_folder_to_replace, writing_to
from ostraka.assembly.progress_bar import ProgressBar
from ostraka.assembly.session import session_of
from ostraka.learning.errors import TooFewExamplesError
from ostraka.learning.release import STARTER_FOLDER, TRUSTED_KEYS_FOLDER
from ostraka.learning.sign import TrustedKey, load_or_create_signing_key
from ostraka.learning.sources.pictures import missing_packages
from ostraka.learning.stack_training import training_for
from ostraka.learning.starter_training import train_starter


def train(
    context: typer.Context,
    *,
    starter: Annotated[
        bool, typer.Option("--starter", help="Learn from the fetched picture packages.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="The release's folder (default: in OSTRAKA_HOME).")
    ] = None,
    incomplete: Annotated[
        bool, typer.Option("--incomplete", help="Go on although picture packages are missing.")
    ] = False,
    key: Annotated[
        Path | None, typer.Option(help="Signing key, made if missing (default: in the home).")
    ] = None,
    jobs: options.Jobs = None,
) -> None:
    """Learn, measure and sign a release; evidence is kept, so a stopped training resumes.

    Whoever signs is trusted on this machine from then on: the key's public half is put beside the
    other trusted keys. Exit status: 0 trained, verified and signed, 2 usage or fault.

    Example: ostraka train --starter --out my-release
    """
    session = session_of(context)
    if not starter:
        raise SettingError("say what to learn from: --starter is what there is so far")
    settings = session.settings_with(jobs=jobs)
    folder = out or settings.releases_folder / "starter"
    ours = folder.resolve() == STARTER_FOLDER
    if ours and settings.stack is not None:
        raise SettingError("the starter that ships is learned without OSTRAKA_STACK")
    trusted = TRUSTED_KEYS_FOLDER if ours else settings.trusted_keys_folder
    check_folder_to_replace(folder)
    for written in (trusted, settings.training_cache_folder):
        check_folder(written, mode=0o700)
    _check_pictures(settings.pictures_folder, incomplete=incomplete)
    stack = chosen_stack(settings)
    stack.warm()  # a model that is missing must stop the training, not spoil each picture
    key_file = key or settings.keys_folder / "release.key"
    with writing_to(key_file):
        signing = load_or_create_signing_key(key_file)
    with ProgressBar(session, "learning") as bar:
        release = train_starter(
            settings.pictures_folder,
            folder,
            cache_folder=settings.training_cache_folder,
            key=signing,
            progress=bar,
            settings=training_for(stack),
            stack=stack,
            jobs=settings.jobs,
        )
    _trust(signing.trusted, trusted)
    session.out.print(f"release {release.release_id} in {folder}", markup=False)
    session.out.print(f"signed by key {release.signed_by}", markup=False)
    if not ours:
        session.out.print(f"judge by it: OSTRAKA_RELEASE={folder}", markup=False)


def _check_pictures(folder: Path, *, incomplete: bool) -> None:
    missing = sorted(missing_packages(folder))
    if missing and not incomplete:
        raise TooFewExamplesError(
            f"not in {folder}: {', '.join(missing)}. Run `ostraka pictures fetch`, or train on less"
            " with --incomplete"
        )


def _trust(key: TrustedKey, folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / f"{key.key_id[:16]}.pem").write_bytes(key.pem())
