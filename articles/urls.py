"""The reader's addresses: the site map."""

from django.urls import path, re_path

from articles import review_views, views, vote_views

urlpatterns = [
    # Reading
    path("", views.home, name="home"),
    path("articles/", views.article_list, name="article_list"),
    path("articles/<slug:slug>/", views.article, name="article"),
    path("about/", views.about, name="about"),
    # Rating
    re_path(r"^rate/(?P<article_id>[1-9]\d{0,17})/$", vote_views.rate, name="rate"),  # no more than a column holds
    # By signed link
    path("review/<str:token>/", review_views.review, name="review"),
    path("review/<str:token>/thanks/", review_views.thanks, name="review_thanks"),
    path("preview/<str:token>/", review_views.preview, name="shared_preview"),
    # Files
    re_path(r"^media/images/(?P<name>[0-9a-f]{32}-\d{1,5}x\d{1,5}\.webp)$", views.media, name="media"),
    path("robots.txt", views.robots),
]
