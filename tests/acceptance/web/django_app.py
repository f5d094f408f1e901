"""The Django application that a function has to answer for as its own server does: ``app`` is ASGI, ``application`` WSGI."""

import django
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
from django.urls import path, reverse

settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    SECRET_KEY="x",
    LOGGING_CONFIG=None,
)
django.setup(set_prefix=False)


def item(request, number):
    return JsonResponse({"number": number, "q": request.GET.getlist("q"), "url": request.build_absolute_uri()})


def echo(request):
    return HttpResponse(request.body, content_type="application/octet-stream")


def form(request):
    return JsonResponse({"name": request.POST["name"], "file": request.FILES["file"].read().decode()})


def cookies(request):
    response = JsonResponse(request.COOKIES)
    response.set_cookie("a", "1")
    response.set_cookie("b", "two words")
    return response


def redirect(_):
    return HttpResponseRedirect(reverse("item", args=[1]))


def stream(request):
    def pieces():
        for number in range(3):
            yield f"data: {number}\n\n"

    async def pieces_later():
        for piece in pieces():
            yield piece

    found = pieces_later() if hasattr(request, "scope") else pieces()
    return StreamingHttpResponse(found, content_type="text/event-stream")


def fails(_):
    raise ValueError("lost")


urlpatterns = [
    path("items/<int:number>", item, name="item"),
    path("echo", echo),
    path("form", form),
    path("cookies", cookies),
    path("redirect", redirect),
    path("stream", stream),
    path("fails", fails),
]
app = get_asgi_application()
application = get_wsgi_application()
