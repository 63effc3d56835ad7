"""Asks a server as programs do that use OpenAI's SDK or LiteLLM.

Each line of the standard input is a request, as JSON; a line of the standard output is what the program sees of the
answer to it, or of the error.
"""

import json
import sys

import litellm
import openai

litellm.suppress_debug_info = True


def create(asked):
    arguments = {key: asked[key] for key in ("messages", "stream")}
    if asked["stream"]:
        arguments["stream_options"] = {"include_usage": True}
    if asked["client"] == "litellm":
        return litellm.completion(
            model=f"openai/{asked['model']}",
            api_base=asked["base_url"],
            api_key="none",
            max_retries=asked["retries"],
            extra_headers=asked["headers"],
            **arguments,
        )
    client = openai.OpenAI(base_url=asked["base_url"], api_key="none", max_retries=asked["retries"])
    return client.chat.completions.create(model=asked["model"], extra_headers=asked["headers"], **arguments)


def gather(told, said, finish_reason):
    told["text"] += said.content or ""
    told["reasoning"] += getattr(said, "reasoning_content", None) or ""
    told["tool_calls"] += len(said.tool_calls or [])
    told["finish"] = finish_reason or told["finish"]


def count(told, usage):
    if usage is None:
        return
    details = usage.prompt_tokens_details
    told["usage"] = {
        "input": usage.prompt_tokens,
        "output": usage.completion_tokens,
        "cached": details.cached_tokens if details else None,
    }


def tell(asked):
    told = {"text": "", "reasoning": "", "tool_calls": 0, "finish": None, "usage": None, "error": None}
    try:
        answer = create(asked)
        for part in answer if asked["stream"] else [answer]:
            for choice in part.choices:
                gather(told, choice.delta if asked["stream"] else choice.message, choice.finish_reason)
            count(told, getattr(part, "usage", None))
    except openai.APIError as error:  # LiteLLM's errors are kinds of it.
        told["error"] = {"kind": type(error).__name__, "code": getattr(error, "code", None), "message": str(error)}
    return told


for line in sys.stdin:
    print(json.dumps(tell(json.loads(line))), flush=True)
