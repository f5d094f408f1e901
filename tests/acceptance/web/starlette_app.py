"""The Starlette application that a function has to answer for as its own server does."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route


async def item(request):
    number = request.path_params["number"]
    return JSONResponse({"number": number, "q": request.query_params.getlist("q"), "url": str(request.url)})


async def echo(request):
    return Response(await request.body(), media_type="application/octet-stream")


async def form(request):
    async with request.form() as given:
        return JSONResponse({"name": given["name"], "file": (await given["file"].read()).decode()})


async def cookies(request):
    response = JSONResponse(request.cookies)
    response.set_cookie("a", "1")
    response.set_cookie("b", "two words")
    return response


async def redirect(request):
    return RedirectResponse(request.url_for("item", number=1))


async def stream(_):
    async def pieces():
        for number in range(3):
            yield f"data: {number}\n\n"

    return StreamingResponse(pieces(), media_type="text/event-stream")


async def fails(_):
    raise ValueError("lost")


app = Starlette(
    routes=[
        Route("/items/{number:int}", item, name="item"),
        Route("/echo", echo, methods=["POST"]),
        Route("/form", form, methods=["POST"]),
        Route("/cookies", cookies),
        Route("/redirect", redirect),
        Route("/stream", stream),
        Route("/fails", fails),
    ],
    middleware=[Middleware(GZipMiddleware, minimum_size=1_000)],
)
