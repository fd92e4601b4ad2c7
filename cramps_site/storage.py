"""Static files as they are served: compressed, fingerprinted, and style sheets without what only people read.

New ones can be put beside those of a running site. A name with a fingerprint always has the same content, so such a
file is never written anew, and pages that caches hold find what they name.
"""

import os
import re

from django.core.files.base import ContentFile
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.storage import CompressedManifestStaticFilesStorage

COMMENT_OR_STRING = re.compile(r'/\*.*?\*/|("[^"\n]*")', re.DOTALL)
QUOTED = re.compile(r'("[^"\n]*")')
FINGERPRINTED = re.compile(r"\.[0-9a-f]{12}\.\w+\Z")


def squeeze(css):
    """Return a style sheet without comments, line ends and needless blanks; what is quoted stays as it is."""
    parts = QUOTED.split(COMMENT_OR_STRING.sub(lambda found: found[1] or "", css))
    for index in range(0, len(parts), 2):
        blanks = re.sub(r"\s+", " ", parts[index])
        parts[index] = re.sub(r"(?<=[{};,:]) | (?=[{}])", "", blanks)
    return "".join(parts).replace(";}", "}").strip()


class SqueezedStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """The storage of a running site. Only this project's own style sheets are squeezed."""

    def delete(self, name):
        if not FINGERPRINTED.search(name):
            super().delete(name)

    def _save(self, name, content):
        if FINGERPRINTED.search(name) and self.exists(name):
            return name
        if name.startswith("css/") and name.endswith(".css"):
            content.seek(0)  # the fingerprint was taken from it
            content = ContentFile(squeeze(content.read().decode()).encode())
        return super()._save(name, content)

    def compress_files(self, paths):
        return super().compress_files([path for path in paths if not self.exists(f"{path}.gz")])


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """Serve files as well that came after this worker started, while another shows pages of the new version."""

    def __call__(self, request):
        url = request.path_info
        if url not in self.files and url.startswith(self.static_prefix) and FINGERPRINTED.search(url):
            self.look_for(url)
        return super().__call__(request)

    def look_for(self, url):
        path = os.path.join(self.static_root, url.removeprefix(self.static_prefix))
        if self.url_is_canonical(url) and os.path.isfile(path):
            self.add_file_to_dictionary(url, path)
