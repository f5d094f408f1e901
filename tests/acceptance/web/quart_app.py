"""The Quart application that a function has to answer for as its own server does."""

import quart

app = quart.Quart(__name__)


@app.get("/items/<int:number>")
async def item(number):
    return {"number": number, "q": quart.request.args.getlist("q"), "url": quart.request.url}


@app.post("/echo")
async def echo():
    return quart.Response(await quart.request.get_data(), mimetype="application/octet-stream")


@app.post("/form")
async def form():
    given, files = await quart.request.form, await quart.request.files
    return {"name": given["name"], "file": files["file"].read().decode()}


@app.get("/cookies")
async def cookies():
    response = quart.jsonify(dict(quart.request.cookies))
    response.set_cookie("a", "1")
    response.set_cookie("b", "two words")
    return response


@app.get("/redirect")
async def redirect():
    return quart.redirect(quart.url_for("item", number=1))


@app.get("/stream")
async def stream():
    async def pieces():
        for number in range(3):
            yield f"data: {number}\n\n".encode()

    return pieces(), 200, {"Content-Type": "text/event-stream"}


@app.get("/fails")
async def fails():
    raise ValueError("lost")
