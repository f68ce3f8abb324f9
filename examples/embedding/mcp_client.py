"""A client of the MCP server: search, read, report what came of it.

make demo && .venv/bin/python examples/embedding/mcp_client.py demo-library
"""

import asyncio
import sys

from mcp import Client, StdioServerParameters

server = StdioServerParameters(
    command=sys.executable, args=["-m", "trace2skill", "mcp", "--library", sys.argv[1]]
)


async def main() -> None:
    """Start the server, ask it, stop it."""
    async with Client(server) as client:
        task = {"task": "I cannot send picture messages from my phone."}
        found = (await client.call_tool("search_skills", task)).structured_content
        sys.stdout.write(f"found: {[skill['name'] for skill in found['skills']]} {found['reason']}\n")
        for skill in found["skills"][:1]:
            wanted = {"name": skill["name"], "receipt": found["receipt"]}
            read = await client.call_tool("read_skill", wanted)
            sys.stdout.write(f"{read.content[0].text[:300]}\n")
            await client.call_tool("report_outcome", {"receipt": found["receipt"], "outcome": "helped"})


asyncio.run(main())
