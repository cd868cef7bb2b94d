"""A mixed world and its truth, told once."""

from __future__ import annotations

from auditor.simulator.world import World, WorldSpec
from tests.simulator.truth.rows import AS_OF

WORLD = World(WorldSpec(organizations=120, licenses=120, seed=9, as_of=AS_OF))
TRUTH = WORLD.truth
PLACE = {
    "per-device": next(
        n for n, one in enumerate(TRUTH["organizations"]) if one.get("reclaim", {}).get("matched")
    ),
    "co-term": next(
        n
        for n, one in enumerate(TRUTH["organizations"])
        if one.get("coTerm", {}).get("use", {}).get("overLimit")
    ),
    "subscription": next(
        n
        for n, one in enumerate(TRUTH["organizations"])
        if one.get("subscription", {}).get("violations", {}).get("productClasses")
    ),
}
"""Where an organization of each licensing model stands in the truth, one with something to tell."""
