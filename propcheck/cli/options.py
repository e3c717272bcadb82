"""Options that several commands have alike, about networks and processes."""

from __future__ import annotations

from typing import Any

import click


class Listed(click.Option):
    """An option whose value is a list with commas; one that is given several times is their list."""

    def __init__(self, *names: Any, default: str = "", **kept: Any) -> None:
        super().__init__(*names, multiple=True, default=(default,) if default else (), **kept)

    def process_value(self, ctx: click.Context, value: Any) -> str:
        """The values as one text."""
        return ",".join(super().process_value(ctx, value))


block_option = click.option(
    "--block",
    default="plain",
    show_default=True,
    metavar="NAME",
    help="Of what the network is made: plain layers, residual, pre_norm or post_norm blocks, conv.",
)
depth_option = click.option(
    "--depth", type=int, metavar="N", default=50, show_default=True, help="Layers of the deep random network."
)


class _Units(click.types.IntParamType):
    """A number of units; who means the width of tables is told how to say it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value in ("column", "page"):
            self.fail(f"it is a number of units; of tables in LaTeX say --latex-width {value}, to `propcheck report`")
        return super().convert(value, param, ctx)


width_option = click.option(
    "--width", type=_Units(), metavar="N", default=256, show_default=True, help="Units of a layer."
)
seeds_option = click.option(
    "--seeds", type=int, metavar="N", default=5, show_default=True, help="How often all is drawn anew."
)
init_option = click.option(
    "--init",
    default="",
    show_default="critical; preserving in residual blocks",
    metavar="SCHEME",
    help="Weights: lecun, glorot, he, orthogonal, preserving (E[g^2] kept), critical (as `propcheck phase` recommends; "
    "preserving where it finds none), or sigma_w,sigma_b.",
)
workers_option = click.option(
    "--workers", type=int, metavar="N", help="Processes; one a core unless given. No result depends on it."
)
orders_option = click.option(
    "--order",
    "orders",
    type=click.IntRange(0, 2),
    multiple=True,
    default=(0, 1),
    show_default=True,
    metavar="N",
    help="Order of the derivative, 0 to 2. Repeatable.",
)
