"""Writes api/openapi.yaml as JSON into a C++ header: embed_openapi.py IN OUT."""
import json
import os
import sys

import yaml

HEADER = """// Generated from api/openapi.yaml; change that file.
#pragma once
#include <string_view>

namespace apiforge::admin {

inline constexpr std::string_view kOpenApiJson =
%s;

}  // namespace apiforge::admin
"""
LINE = 96


class Loader(yaml.SafeLoader):
    """Times stay the texts that they are, and a key that stands twice is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        keys = [key.value for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"twice: {twice}", node.start_mark)
        return super().construct_mapping(node, deep)


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def literal(text: str) -> str:
    """Adjacent C++ string literals that together are the text, which is ASCII."""
    pieces = [text[i:i + LINE] for i in range(0, len(text), LINE)]
    escaped = (piece.replace("\\", "\\\\").replace('"', '\\"').replace("?", "\\?") for piece in pieces)
    return "\n".join(f'    "{piece}"' for piece in escaped)


def main() -> None:
    source, target = sys.argv[1:3]
    with open(source, encoding="utf-8") as file:
        document = yaml.load(file, Loader)  # noqa: S506: derived from SafeLoader
    text = json.dumps(document, ensure_ascii=True, separators=(",", ":"))
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "w", encoding="ascii") as file:
        file.write(HEADER % literal(text))


main()
