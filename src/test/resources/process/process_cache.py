"""Does to Redis what ProcessCache of the Python package fullon_cache 0.5.11 does, command by command.

Written from a description of that package, for machines where it cannot be had. Reads calls from stdin, a
JSON list in each line: the method, then its arguments. Writes their results to stdout, a line each; what
it hears on the channels of broadcasts begins with "heard".

usage: process_cache.py REDIS_URI
"""

import json
import sys
import threading
from datetime import datetime, timedelta, timezone

import redis

TYPES = [
    "tick",
    "ohlcv",
    "bot",
    "account",
    "order",
    "bot_status_service",
    "crawler",
    "user_trades_service",
]
DAY = 86400

saying = threading.Lock()
server = redis.Redis.from_url(sys.argv[1], decode_responses=True)


def now():
    return datetime.now(timezone.utc)


def load(process_id):
    text = server.get("process:data:" + process_id)
    return None if text is None else json.loads(text)


def save(process):
    server.setex("process:data:" + process["process_id"], DAY, json.dumps(process))


def register_process(process_type, component, params=None, message=None, status="starting"):
    began = now()
    text = began.isoformat()
    process_id = f"{process_type}:{component}:{began.timestamp()}"
    save(
        {
            "process_id": process_id,
            "process_type": process_type,
            "component": component,
            "params": params or {},
            "status": status,
            "message": message or f"Process {component} registered",
            "created_at": text,
            "updated_at": text,
            "heartbeat": text,
        }
    )
    server.hset("process:active:" + process_type, process_id, text)
    server.hset("process:components", component, process_id)
    return process_id


def update_process(process_id, status=None, message=None, params=None, heartbeat=True):
    process = load(process_id)
    if not process:
        return False
    text = now().isoformat()
    process["updated_at"] = text
    if heartbeat:
        process["heartbeat"] = text
    if status:
        process["status"] = status
    if message:
        process["message"] = message
    if params:
        process["params"].update(params)
    save(process)
    server.hset("process:active:" + process["process_type"], process_id, text)
    return True


def get_process(process_id):
    return load(process_id)


def get_active_processes(process_type=None, component=None, since_minutes=5):
    cutoff = now() - timedelta(minutes=since_minutes)
    found = []
    for each in [process_type] if process_type else TYPES:
        for process_id, said in server.hgetall("process:active:" + each).items():
            try:
                if datetime.fromisoformat(said) < cutoff:
                    continue
            except (ValueError, TypeError):
                continue
            process = load(process_id)
            if not process or (component and process.get("component") != component):
                continue
            try:
                alive = datetime.fromisoformat(process.get("heartbeat", ""))
                process["_heartbeat_stale"] = alive < cutoff
            except (ValueError, TypeError):
                process["_heartbeat_stale"] = True
            found.append(process)
    return sorted(found, key=lambda process: process.get("updated_at", ""), reverse=True)


def stop_process(process_id, message=None):
    process = load(process_id)
    if not process:
        return False
    update_process(process_id, "stopped", message or "Process stopped", heartbeat=False)
    server.hdel("process:active:" + process["process_type"], process_id)
    server.hdel("process:components", process["component"])
    return True


def cleanup_stale_processes(stale_minutes=30):
    cutoff = now() - timedelta(minutes=stale_minutes)
    cleaned = 0
    for each in TYPES:
        for process_id, said in server.hgetall("process:active:" + each).items():
            try:
                if datetime.fromisoformat(said) >= cutoff:
                    continue
                process = load(process_id)
                if process and datetime.fromisoformat(process.get("heartbeat", said)) < cutoff:
                    stop_process(process_id, f"Process stale for {stale_minutes} minutes")
                    cleaned += 1
            except (ValueError, TypeError):
                server.hdel("process:active:" + each, process_id)
                cleaned += 1
    return cleaned


def get_component_status(component):
    process_id = server.hget("process:components", component)
    return load(process_id) if process_id else None


def broadcast_message(process_type, message, data=None):
    payload = {"message": message, "data": data or {}, "timestamp": now().isoformat()}
    return server.publish("process:broadcast:" + process_type, json.dumps(payload))


def age(process_id, minutes):
    """For tests: lets a process have said so long ago that it is alive."""
    process = load(process_id)
    then = (now() - timedelta(minutes=minutes)).isoformat()
    process["updated_at"] = process["heartbeat"] = then
    save(process)
    server.hset("process:active:" + process["process_type"], process_id, then)


def say(text):
    """Writes a line at once: print writes its end after it, and another thread may be faster."""
    with saying:
        print(text, flush=True)


def listen():
    """Passes on what is broadcast."""
    heard = server.pubsub(ignore_subscribe_messages=True)
    heard.subscribe(*["process:broadcast:" + each for each in TYPES])
    heard.get_message(timeout=10)

    def forward():
        for each in heard.listen():
            say("heard " + json.dumps([each["channel"], json.loads(each["data"])]))

    threading.Thread(target=forward, daemon=True).start()


for line in sys.stdin:
    method, *arguments = json.loads(line)
    say(json.dumps(globals()[method](*arguments)))
