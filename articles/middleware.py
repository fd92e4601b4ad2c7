"""What is done to every request and answer: policy headers, cookies that make sense, compression."""

from django.conf import settings
from django.middleware.gzip import GZipMiddleware

# One constant text, the same in every process, so that a cached page keeps its headers too.
# No nonce: in a page that caches hold, it would be the same for everybody and protect nobody.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
PERMISSIONS_POLICY = (
    "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
    "magnetometer=(), microphone=(), midi=(), payment=(), usb=()"
)


class PolicyMiddleware:
    """Add the policies that Django has no setting for; a view may have set a stricter one."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        # Django's own error pages for developers have their styles inline.
        if not (settings.DEBUG and response.status_code in (404, 500)):
            response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        return response


class PlainCookiesMiddleware:
    """Drop cookies with control characters, which no browser of ours was given and PostgreSQL can't look up."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.COOKIES = {name: value for name, value in request.COOKIES.items() if value.isprintable()}
        return self.get_response(request)


class UnpaddedGZipMiddleware(GZipMiddleware):
    max_random_bytes = 0


class CompressionMiddleware(GZipMiddleware):
    """Compress pages; those for everyone to the same bytes each time, others padded as Django does.

    The padding hides the length of secrets, and a page for everyone has none.
    """

    def __init__(self, get_response):
        super().__init__(get_response)
        self.unpadded = UnpaddedGZipMiddleware(get_response)

    def process_response(self, request, response):
        if response.get("Content-Type", "").startswith("image/"):
            return response  # compressed already
        if "public" in response.get("Cache-Control", ""):
            return self.unpadded.process_response(request, response)
        return super().process_response(request, response)


class SignedLinksMiddleware:
    """Keep what stands at a signed link's address out of caches and search results, and the address to itself.

    It is the outermost, so that errors and redirects of all others are covered too. "strict-origin" names
    this site alone wherever a link leads, to our own pages as well, whose proxy may log where readers come
    from. "no-referrer" would do no more, and browsers then send "Origin: null" with the form, which Django
    refuses.
    """

    HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex", "Referrer-Policy": "strict-origin"}

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.path_info.startswith(("/review/", "/preview/")):
            for name, value in self.HEADERS.items():
                response[name] = value
        return response
