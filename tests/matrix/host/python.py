# Calls every function of its host.
from wit_world import exports
from wit_world.imports import store


class Task(exports.Task):
    def run(self, words: list[str]) -> int:
        for word in words:
            store.log(store.Level.INFO, f"word {word}")
            entry = store.Entry(f"k-{word}", word.encode())
            # What it raises goes on to our host.
            store.put(entry)
            assert store.get(entry.key) == entry.value
        count = 0
        with store.Cursor("k-") as cursor:
            while (key := cursor.next()) is not None:
                store.log(store.Level.DEBUG, key)
                count += 1
        return count
