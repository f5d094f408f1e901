"""A shop's API: the handler is the application itself, and nothing of Lambda is imported."""

import contextlib

from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI):
    yield {"items": {}}  # once for each environment, during INIT


app = FastAPI(title="Shop", lifespan=lifespan)


class Item(BaseModel):
    name: str
    price: float


@app.put("/items/{number}")
async def put(number: int, item: Item, request: Request) -> Item:
    request.state.items[number] = item
    return item


@app.get("/items/{number}")
async def get(number: int, request: Request) -> Item:
    if number not in request.state.items:
        raise HTTPException(404, "no such item")  # also after the environment was replaced: use a table for what must last
    return request.state.items[number]
