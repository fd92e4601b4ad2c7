"""The reader's addresses: the site map."""

from django.urls import path, re_path

from articles import (
    finding_views,
    machine_views,
    offline_views,
    policy_reports,
    privacy,
    review_views,
    views,
    vote_views,
)

# In each language: /about/ in the default one, /ar/about/ in Arabic (articles/languages.py)
urlpatterns = [
    # Reading
    path("", finding_views.home, name="home"),
    path("articles/", finding_views.article_list, name="article_list"),
    path("articles/<slug:slug>/", views.article, name="article"),
    path("articles/<slug:slug>/sheet/", views.sheet, name="sheet"),
    path("about/", views.about, name="about"),
    path("about/privacy/", privacy.page, name="privacy"),
    # For programs
    path("articles/<slug:slug>.md", machine_views.article_markdown, name="article_markdown"),
    path("articles/<slug:slug>.json", machine_views.article_json, name="article_json"),
    path("articles/<slug:slug>.png", machine_views.article_picture, name="article_picture"),
    path("link-picture.png", machine_views.site_picture, name="site_picture"),
    path("feed/", machine_views.feed, name="feed"),
    # Finding
    path("topics/<slug:slug>/", finding_views.topic, name="topic"),
    path("search/", finding_views.search_page, name="search"),
    path("search/suggest/", finding_views.suggest, name="suggest"),
    # Without a connection
    path("offline/", offline_views.saved, name="offline"),
    path("forget/", offline_views.forget, name="forget"),
]

# Once: what says nothing in words, stands at an address that programs know, or speaks its article's language
once = [
    # Rating
    re_path(r"^rate/(?P<article_id>[1-9]\d{0,17})/$", vote_views.rate, name="rate"),  # no more than a column holds
    # By signed link
    path("review/<str:token>/", review_views.review, name="review"),
    path("review/<str:token>/thanks/", review_views.thanks, name="review_thanks"),
    path("preview/<str:token>/", review_views.preview, name="shared_preview"),
    # Files
    re_path(
        r"^media/images/(?P<name>[0-9a-f]{32}-\d{1,5}x\d{1,5}(?:w(?:480|800)?)?\.webp)$", views.media, name="media"
    ),
    # For programs
    path("csp-report/", policy_reports.take, name="policy_report"),
    path("robots.txt", views.robots),
    path("sitemap.xml", machine_views.sitemap, name="sitemap"),
    path("sitemap-<int:part>.xml", machine_views.sitemap, name="sitemap_part"),
    path("llms.txt", machine_views.llms, name="llms"),
    path("service-worker.js", offline_views.service_worker, name="service_worker"),
    path("manifest.webmanifest", offline_views.manifest, name="manifest"),
]
