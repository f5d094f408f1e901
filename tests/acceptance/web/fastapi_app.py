"""The FastAPI application that every way of running it has to answer for with the same bytes."""

import asyncio
import contextlib
import hashlib
from typing import Annotated

from fastapi import BackgroundTasks, Cookie, FastAPI, Header, Query, Request, Response, UploadFile
from fastapi.responses import PlainTextResponse, RedirectResponse, StreamingResponse
from pydantic import BaseModel, Field

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8ffff3f0005fe02fe0def46b8"
    "0000000049454e44ae426082"
)


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI):
    yield {"done": []}


app = FastAPI(title="Shop", lifespan=lifespan)


class Item(BaseModel):
    name: str = Field(min_length=1)
    price: float


@app.get("/items/{number}")
async def item(number: int, q: str | None = None, limit: int = 10):
    return {"number": number, "q": q, "limit": limit}


@app.post("/items", status_code=201)
def add(item: Item):
    return item


@app.get("/files/{path:path}")
def file(path: str, request: Request):
    return {"path": path, "url": str(request.url), "query": request.url.query, "base": str(request.base_url)}


@app.get("/cookies")
def cookies(response: Response, session: Annotated[str | None, Cookie()] = None):
    response.set_cookie("first", "1, 2; 3", httponly=True)
    response.set_cookie("second", "2", path="/items", expires="Thu, 01 Jan 2032 00:00:00 GMT")
    return {"session": session}


@app.get("/redirect")
def redirect():
    return RedirectResponse("/items/1?q=%C3%BC", status_code=303)


@app.get("/slash/")
def slash():
    return "slash"


@app.post("/upload")
async def upload(file: UploadFile, note: str = ""):
    content = await file.read()
    return {"name": file.filename, "type": file.content_type, "sha256": hashlib.sha256(content).hexdigest(), "note": note}


@app.head("/picture", include_in_schema=False)
@app.get("/picture")
def picture():
    return Response(PNG, media_type="image/png")


@app.get("/headers")
def headers(x_token: Annotated[list[str] | None, Header()] = None):
    response = PlainTextResponse(str(x_token))
    response.headers.append("vary", "accept")
    response.headers.append("x-tag", "a, b")
    return response


@app.post("/echo")
async def echo(request: Request):
    return Response(await request.body(), media_type=request.headers.get("content-type"))


@app.get("/large")
def large(size: Annotated[int, Query(le=6_000_000)]):  # a function returns 6 MB at most, a server of its own whatever it likes
    return PlainTextResponse("0123456789" * (size // 10))


@app.get("/events")
def server_sent_events():
    async def events():
        for number in range(3):
            yield f"id: {number}\ndata: ü\n\n"
            await asyncio.sleep(0)

    return StreamingResponse(events(), media_type="text/event-stream")


@app.get("/background/{name}")
async def background(name: str, tasks: BackgroundTasks, request: Request):
    async def work():
        await asyncio.sleep(0)
        request.state.done.append(name)

    tasks.add_task(work)
    return list(request.state.done)


@app.get("/mine/{secret}")
async def mine(secret: str, request: Request):
    await asyncio.sleep(0)
    return {"secret": request.path_params["secret"], "header": request.headers["x-secret"], "cookies": request.cookies}


@app.delete("/items/{number}", status_code=204)
def remove(number: int):
    return None


@app.get("/fails")
def fails():
    raise ValueError("lost")
