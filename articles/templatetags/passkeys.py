from django import template
from django.conf import settings

from articles import accounts

register = template.Library()
register.filter(accounts.passkeys_work)


@register.filter
def needs_second_factor(request):
    """Return whether nobody is at the desk without one."""
    return settings.SECOND_FACTOR_REQUIRED
