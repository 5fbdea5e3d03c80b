"""The stand-in over HTTP: login and sessions of its own, queries and uploads by fakesnow."""

from __future__ import annotations

import gzip
import json
import secrets
import shutil
from collections.abc import Callable
from typing import Any, cast

import fakesnow.server as upstream
import sqlglot
from fakesnow.transforms import SERVER_VERSION, stage
from sqlglot import Expr, exp
from sqlglot.errors import ParseError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from dagster_ingest.testing.snowflake.mends import mend
from dagster_ingest.testing.snowflake.session import Account, Session


def make_app() -> tuple[Starlette, Callable[[], None]]:
    """The application, and what releases everything that it holds."""
    mend()
    upstream.parse_one = _parsed  # type: ignore[assignment]
    account = Account()
    app = Starlette(routes=[*_protocol(account), *_inspection(account)])

    def close() -> None:
        account.end_all()
        shutil.rmtree(stage.LOCAL_BUCKET_PATH, ignore_errors=True)

    return app, close


def _protocol(account: Account) -> list[Route]:
    async def login(request: Request) -> JSONResponse:
        data = (await _body(request))["data"]
        session = account.login(data, dict(request.query_params))
        token = secrets.token_urlsafe(32)
        upstream.sessions[token] = session
        return JSONResponse({"data": _welcome(token, session), "success": True})

    async def query(request: Request) -> Any:
        answer = await upstream.query_request(request)
        if answer.status_code != 500:
            return answer
        # Clients try a 500 again for minutes.
        failed = json.loads(bytes(answer.body))
        data = {"errorCode": "009999", "sqlState": "99999"}
        return JSONResponse({"data": data, "code": "009999", "message": failed["message"], "success": False})

    async def session(request: Request) -> Any:
        token = request.headers.get("Authorization", "")[17:-1]
        known = upstream.sessions.get(token)
        answer = await upstream.session(request)
        if known is not None and token not in upstream.sessions:
            cast(Session, known).end()
        return answer

    async def abort(request: Request) -> JSONResponse:
        known = upstream.sessions.get(request.headers.get("Authorization", "")[17:-1])
        if known is not None:
            known._duck_conn.interrupt()
        return JSONResponse({"success": True})

    return [
        Route("/session/v1/login-request", login, methods=["POST"]),
        Route("/session", session, methods=["POST"]),
        Route("/session/heartbeat", upstream.session, methods=["POST"]),
        Route("/queries/v1/query-request", query, methods=["POST"]),
        Route("/queries/v1/abort-request", abort, methods=["POST"]),
        Route("/fs_bucket/{path:path}", upstream.bucket_upload, methods=["PUT"]),
        Route("/monitoring/queries/{sfqid}", upstream.monitoring_query, methods=["GET"]),
        Route("/telemetry/send", lambda _: JSONResponse({"success": True}), methods=["POST"]),
    ]


def _inspection(account: Account) -> list[Route]:
    def told(answer: Callable[[], Any], method: str, name: str) -> Route:
        def endpoint(_: Request) -> JSONResponse:
            return JSONResponse(json.loads(json.dumps(answer(), default=str)))

        return Route(f"/stand-in/{name}", endpoint, methods=[method])

    return [
        told(account.history.listed, "GET", "history"),
        told(lambda: [session.described() for session in account.logins], "GET", "sessions"),
        told(account.history.forget, "POST", "forget"),
        told(account.end_all, "POST", "abandon"),
    ]


async def _body(request: Request) -> dict[str, Any]:
    body = await request.body()
    return json.loads(gzip.decompress(body) if request.headers.get("Content-Encoding") == "gzip" else body)


def _welcome(token: str, session: Any) -> dict[str, Any]:
    names = {
        "databaseName": session.database,
        "schemaName": session.schema,
        "warehouseName": session.warehouse,
        "roleName": session.role,
    }
    return {
        "token": token,
        "masterToken": token,
        "validityInSeconds": 86_400,
        "masterValidityInSeconds": 86_400,
        "sessionId": session.id,
        "serverVersion": SERVER_VERSION,
        "parameters": [
            {"name": "AUTOCOMMIT", "value": session.autocommits},
            {"name": "CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY", "value": 3600},
            {"name": "CLIENT_STAGE_ARRAY_BINDING_THRESHOLD", "value": 0},
            {"name": "CLIENT_TELEMETRY_ENABLED", "value": False},
            {"name": "TIMEZONE", "value": "Etc/UTC"},
        ],
        "sessionInfo": names,
    }


def _parsed(sql: str) -> Expr:
    """What kind of statement it is; one that sqlglot cannot read has no kind."""
    try:
        return sqlglot.parse_one(sql, read="snowflake")
    except ParseError:
        return exp.Command(this="UNKNOWN", expression=sql)
