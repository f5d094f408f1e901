"""The Litestar application that a function has to answer for as its own server does."""

from typing import Annotated

from litestar import Litestar, MediaType, Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect, ServerSentEvent


@get("/items/{number:int}", sync_to_thread=False)
def item(number: FromPath[int], request: Request) -> dict:
    return {"number": number, "q": request.query_params.getall("q", []), "url": str(request.url)}


@post("/echo", status_code=200)
async def echo(request: Request) -> Response:
    return Response(await request.body(), media_type="application/octet-stream")


@post("/form", status_code=200)
async def form(data: Annotated[dict[str, UploadFile | str], Body(media_type=RequestEncodingType.MULTI_PART)]) -> dict:
    return {"name": data["name"], "file": (await data["file"].read()).decode()}


@get("/cookies", sync_to_thread=False)
def cookies(request: Request) -> Response:
    response = Response(dict(request.cookies), media_type=MediaType.JSON)
    response.set_cookie("a", "1")
    response.set_cookie("b", "two words")
    return response


@get("/redirect", sync_to_thread=False)
def redirect() -> Redirect:
    return Redirect("/items/1")


@get("/stream", sync_to_thread=False)
def stream() -> ServerSentEvent:
    async def pieces():
        for number in range(3):
            yield f"{number}"

    return ServerSentEvent(pieces())


@get("/fails", sync_to_thread=False)
def fails() -> None:
    raise ValueError("lost")


app = Litestar(route_handlers=[item, echo, form, cookies, redirect, stream, fails])
