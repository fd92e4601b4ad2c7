"""Media in a bucket of S3-compatible storage (MEDIA_STORAGE); articles/views.py serves them from the site's address."""

import errno
from functools import wraps

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import ContentFile
from storages.backends.s3 import S3Storage

PATIENT = Config(
    connect_timeout=3,  # seconds
    read_timeout=10,
    retries={"max_attempts": 1},
    # Stores other than Amazon's refuse the newer checksums.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    s3={"addressing_style": "path"},
)


def as_of_a_folder(method):
    """Return a method whose errors are those that a folder gives: FileNotFoundError, or another OSError."""

    @wraps(method)
    def asked(self, name, *args, **kwargs):
        try:
            return method(self, name, *args, **kwargs)
        except ClientError as error:
            said = error.response["Error"]
            if said.get("Code") in ("404", "NoSuchKey"):
                raise FileNotFoundError(errno.ENOENT, "There is no such file in the bucket", name) from error
            reason = said.get("Message") or said.get("Code")
        except (BotoCoreError, Boto3Error) as error:
            reason = error
        raise OSError(errno.EIO, f"The bucket of MEDIA_STORAGE gave no answer to use: {reason}", name)

    return asked


class BucketStorage(S3Storage):
    """Never puts a file in another's place, and reads one with one request: ours are of a megabyte at most."""

    def get_default_settings(self):
        return super().get_default_settings() | {
            "file_overwrite": False,
            "client_config": PATIENT,
            "transfer_config": TransferConfig(use_threads=False),
        }

    def _open(self, name, mode="rb"):
        found = self.connection.meta.client.get_object(Bucket=self.bucket_name, Key=self._normalize_name(name))
        return ContentFile(found["Body"].read(), name)

    _open = as_of_a_folder(_open)
    _save = as_of_a_folder(S3Storage._save)
    delete = as_of_a_folder(S3Storage.delete)
    exists = as_of_a_folder(S3Storage.exists)
    listdir = as_of_a_folder(S3Storage.listdir)
    get_modified_time = as_of_a_folder(S3Storage.get_modified_time)
