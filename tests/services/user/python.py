# Uses each service of its host.
from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import atomics, batch, database, logging
from wit_world.imports import wasi_config_store as config
from wit_world.imports import wasi_keyvalue_store as store


def use_keyvalue(seen: list[str]) -> None:
    bucket = store.open("default")
    bucket.set("apple", b"red")
    seen.append(f"apple: {bucket.get('apple').decode()}")
    seen.append(f"pear: {str(bucket.exists('pear')).lower()}")
    atomics.increment(bucket, "count", 40)
    seen.append(f"count: {atomics.increment(bucket, 'count', 2)}")

    stale = atomics.Cas.new(bucket, "apple")
    bucket.set("apple", b"green")
    try:
        atomics.swap(stale, b"blue")
        raise AssertionError("it was swapped")
    except Err as failed:
        fresh = failed.value.value
    seen.append(f"now: {fresh.current().decode()}")
    atomics.swap(fresh, b"blue")

    both = batch.get_many(bucket, ["apple", "pear"])
    assert both[1] is None
    key, value = both[0]
    seen.append(f"batch: {key} {value.decode()}")
    seen.append(f"keys: {' '.join(bucket.list_keys(None).keys)}")
    try:
        store.open("other")
        raise AssertionError("it was opened")
    except Err as refused:
        assert isinstance(refused.value, store.Error_NoSuchStore)


def use_sql(seen: list[str]) -> None:
    shop = database.Connection.open("shop")
    item = [database.Value_Text("o'apple"), database.Value_Real(0.5)]
    inserted = shop.execute("INSERT INTO item (name, price) VALUES (?, ?)", item)
    seen.append(f"row: {inserted.last_row_id}")
    rows = shop.query("SELECT name, price FROM item ORDER BY id", []).rows
    seen.append(f"item: {rows[1][0].value} of {len(rows)}")

    with shop.begin() as undone:
        undone.execute("DELETE FROM item", [])
    done = shop.begin()
    done.execute("DELETE FROM item WHERE name = ?", item[:1])
    database.Transaction.commit(done)
    seen.append(f"left: {shop.query('SELECT count(*) FROM item', []).rows[0][0].value}")
    try:
        shop.query("SELECT secret FROM card", [])
        raise AssertionError("it was not denied")
    except Err as refused:
        assert isinstance(refused.value, database.Error_Denied)
        seen.append(f"denied: {refused.value.value}")


class Task(exports.Task):
    def run(self) -> list[str]:
        logging.log(logging.Level.DEBUG, "task", "nobody wants to know")
        logging.log(logging.Level.INFO, "task", "begins\nnow")
        seen = [f"greeting: {config.get('greeting')}"]
        assert config.get("none") is None
        use_keyvalue(seen)
        use_sql(seen)
        return seen

    def fail(self) -> None:
        transaction = database.Connection.open("shop").begin()
        transaction.execute("DELETE FROM item", [])
        raise RuntimeError("in the middle of it")
