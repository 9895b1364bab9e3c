"""Downloads a Kaggle data set with the `kagglehub` client, and says in a sentence what stands in its way.

The client keeps what it downloads in its own cache (`KAGGLEHUB_CACHE`, by default in the home folder), goes on with a
download that was broken off, and unpacks the archive when it is complete.
"""

import errno
import logging
import shutil
import zipfile
import zlib
from pathlib import Path

log = logging.getLogger(__name__)

DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError)
CREDENTIALS = (
    "create an API token in your account's settings on Kaggle and put it into ~/.kaggle/access_token (or kaggle.json "
    "there), or into the environment as KAGGLE_API_TOKEN (or KAGGLE_USERNAME and KAGGLE_KEY)"
)


class KaggleError(Exception):
    """A data set cannot be downloaded; the message says why and what to do."""


def cache_of(handle: str) -> Path:
    """The folder of the client's cache that holds a data set's versions."""
    from kagglehub.config import get_cache_folder

    return Path(get_cache_folder()) / "datasets" / handle


def complete_versions(handle: str) -> list[Path]:
    """Versions of a data set that are in the cache, unpacked and complete, the newest last."""
    done = [int(marker.stem) for marker in cache_of(handle).glob("*.complete") if marker.stem.isdecimal()]
    folders = [cache_of(handle) / "versions" / str(version) for version in sorted(done)]
    return [folder for folder in folders if folder.is_dir()]


def check_disk(sizes: dict[str, float]) -> None:
    """Make sure that the data sets that are still to come fit on the cache's disk.

    While the last of them is unpacked its archive is there too, so that its size counts twice.

    Args:
        sizes: gigabytes of each data set, by its handle.

    Raises:
        KaggleError: they do not fit.
    """
    wanted = {handle: size for handle, size in sizes.items() if not complete_versions(handle)}
    if not wanted:
        return
    begun = sum(file.stat().st_size for handle in wanted for file in cache_of(handle).glob("*.archive")) / 1e9
    needed = sum(wanted.values()) + max(wanted.values()) - begun
    place = cache_of("").resolve()
    existing = next(folder for folder in (place, *place.parents) if folder.is_dir())
    free = shutil.disk_usage(existing).free / 1e9
    if free < needed:
        raise KaggleError(
            f"{', '.join(wanted)} take {needed:.1f} GB while they are unpacked, but only {free:.1f} GB are free in "
            f"{existing}: free some, or set KAGGLEHUB_CACHE to a folder on a larger disk"
        )


def download(handle: str) -> Path:
    """Download a data set, or go on with its download, or find it in the cache.

    Args:
        handle: owner and name, as `owner/name`.

    Returns:
        the folder with its unpacked files. Without a connection: the newest complete version in the cache.

    Raises:
        KaggleError: credentials are missing or refused, Kaggle cannot be reached, the archive is damaged, or the disk
            is full. Nothing half-unpacked is ever taken for complete.
    """
    import kagglehub
    import requests
    from kagglehub import exceptions

    try:
        return Path(kagglehub.dataset_download(handle))
    except (exceptions.CredentialError, exceptions.UnauthenticatedError) as error:
        raise KaggleError(f"Kaggle does not know who asks for {handle} ({error}): {CREDENTIALS}") from None
    except requests.HTTPError as error:
        raise KaggleError(_refusal(handle, error.response)) from None
    except requests.RequestException as error:
        return _offline(handle, error)
    except (*DAMAGED, exceptions.DataCorruptionError) as error:
        raise KaggleError(_discard(handle, error)) from None
    except ValueError as error:
        if "archive" in str(error).lower():
            raise KaggleError(_discard(handle, error)) from None
        raise KaggleError(f"{error}: {CREDENTIALS}") from None  # the file with credentials is not what it should be
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        hint = "free some space, or set KAGGLEHUB_CACHE to a folder on a larger disk; " if full else ""
        raise KaggleError(f"{handle}: {error}; {hint}what is downloaded is kept, run the stage again") from None


def _refusal(handle: str, response: object) -> str:
    """What an HTTP error means to the person who runs the stage."""
    status = getattr(response, "status_code", None)
    if status in (401, 403):
        return f"Kaggle refuses {handle} (HTTP {status}): {CREDENTIALS}"
    if status == 404:
        return f"Kaggle has no data set {handle} (HTTP 404): it was moved or withdrawn; fetch.source=wlasl reads zips"
    return f"Kaggle answers HTTP {status} for {handle}: run the stage again later; what is downloaded is kept"


def _offline(handle: str, error: Exception) -> Path:
    """Without a connection: the newest complete version, if there is one."""
    if versions := complete_versions(handle):
        log.warning(
            "Kaggle cannot be reached: taking %s, which is complete, without a look for a newer one", versions[-1]
        )
        return versions[-1]
    raise KaggleError(
        f"the connection to Kaggle failed or broke off during {handle} ({type(error).__name__}): check the network and "
        "run the stage again, it goes on where it stopped; fetch.source=sample needs no network"
    ) from None


def _discard(handle: str, error: Exception) -> str:
    """Remove a damaged archive, which the client would otherwise take for complete for ever."""
    for archive in cache_of(handle).glob("*.archive"):
        archive.unlink()
    return (
        f"the downloaded archive of {handle} is damaged ({error}) and was removed: run the stage again to load it anew"
    )
