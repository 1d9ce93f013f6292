"""Which columns of Parquet files hold plain values, as tables of people do."""

import pyarrow as pa

_PLAIN = (
    pa.types.is_boolean,
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_decimal,
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_temporal,
)


def value_type(kind: pa.DataType) -> pa.DataType:
    """Return the type of a column's values, also where a dictionary holds each of them once."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def is_plain(kind: pa.DataType) -> bool:
    """Whether values are texts, numbers, truths or times, rather than lists, structs or bytes.

    Example:
        >>> import pyarrow as pa
        >>> is_plain(pa.string()), is_plain(pa.list_(pa.string()))
        (True, False)
    """
    return any(is_kind(value_type(kind)) for is_kind in _PLAIN)
