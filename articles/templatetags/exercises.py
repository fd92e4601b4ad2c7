"""The boxes to tick of an exercise."""

from django import template

from articles.exercises import times_today

register = template.Library()
register.filter(times_today)
