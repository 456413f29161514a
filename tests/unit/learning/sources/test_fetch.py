import shutil
from pathlib import Path

import pytest
from tests.unit.learning.sources.test_unpack import package_for, tar_with

from ostraka.learning.sources import fetch as fetch_module
from ostraka.learning.sources.errors import PackageUnreachableError, UnknownPackageError
from ostraka.learning.sources.fetch import FetchStatus, PackageOutcome, fetch
from ostraka.learning.sources.packages import PicturePackage, chosen_packages, pinned_packages


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tar_with(tmp_path / "source.tgz", {"package/a.png": b"picture"})


@pytest.fixture
def package(archive: Path, monkeypatch: pytest.MonkeyPatch) -> PicturePackage:
    only = package_for(archive)
    monkeypatch.setattr(fetch_module, "chosen_packages", lambda _: (only,))
    return only


def bringer(archive: Path) -> fetch_module.Bring:
    def bring(_: PicturePackage, folder: Path) -> Path:
        folder.mkdir(parents=True)
        return Path(shutil.copy(archive, folder))

    return bring


def unreachable(_: PicturePackage, __: Path) -> Path:
    raise PackageUnreachableError("npm is not installed")


def test_a_fetched_package_is_there_the_next_time(
    tmp_path: Path, archive: Path, package: PicturePackage
) -> None:
    told: list[PackageOutcome] = []
    first = fetch(tmp_path / "pictures", progress=told.append, bring=bringer(archive))
    again = fetch(tmp_path / "pictures", bring=unreachable)
    assert [o.status for o in first.outcomes] == [FetchStatus.FETCHED]
    assert told == list(first.outcomes)
    assert [o.status for o in again.outcomes] == [FetchStatus.ALREADY_THERE]
    assert (tmp_path / "pictures/some-pictures/package/a.png").read_bytes() == b"picture"
    assert package.folder_name == "some-pictures"


@pytest.mark.usefixtures("package")
def test_what_cannot_be_reached_is_reported_and_the_rest_goes_on(tmp_path: Path) -> None:
    report = fetch(tmp_path / "pictures", bring=unreachable)
    assert [o.status for o in report.outcomes] == [FetchStatus.NOT_REACHABLE]
    assert report.outcomes[0].reason == "npm is not installed"
    assert report.present == ()


@pytest.mark.usefixtures("package")
def test_a_swapped_archive_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    forged = tar_with(tmp_path / "forged.tgz", {"package/a.png": b"another picture"})
    report = fetch(tmp_path / "pictures", bring=bringer(forged))
    assert [o.status for o in report.refused] == [FetchStatus.REFUSED]
    assert list((tmp_path / "pictures").iterdir()) == []


def test_another_pinned_hash_makes_a_fetched_package_stale(
    tmp_path: Path, archive: Path, package: PicturePackage
) -> None:
    fetch(tmp_path / "pictures", bring=bringer(archive))
    newer = package.model_copy(update={"sha256": "0" * 64})
    assert fetch_module.is_present(tmp_path / "pictures", package)
    assert not fetch_module.is_present(tmp_path / "pictures", newer)


def test_a_package_outside_the_table_is_not_asked_for() -> None:
    with pytest.raises(UnknownPackageError, match="no picture package is called left-pad"):
        chosen_packages(["left-pad"])


def test_no_package_without_an_open_licence_and_no_agpl_is_in_the_table() -> None:
    names = {package.name for package in pinned_packages()}
    assert not any("apple" in name or "facebook" in name for name in names)
    assert not any("AGPL" in package.licence for package in pinned_packages())


def test_what_is_under_the_gpl_or_of_mixed_licence_never_trains() -> None:
    for package in pinned_packages():
        if "GPL" in package.licence or "mixed" in package.licence:
            assert package.use == "evaluate", package.name
