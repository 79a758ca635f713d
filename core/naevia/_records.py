"""What every record of the contract is made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]


class Record(BaseModel):
    """A frozen record that accepts no field it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class Estimate(Record):
    """A measured fraction with its 95 % interval."""

    value: Fraction
    low: Fraction
    high: Fraction
