"""`mortise audit`, as a shell runs it: audit_test.py MORTISE ROOT GUESTS."""

import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

MORTISE, ROOT, GUESTS = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
MORE = "`mortise audit --help` says more.\n"

# Asks for a store, the time, and something of its host's.
ASKS = """(component
  (import "wasi:keyvalue/store@0.2.0-draft" (instance (export "f" (func))))
  (import "wasi:clocks/wall-clock@0.2.6" (instance (export "f" (func))))
  (import "acme:shop/stock" (instance (export "f" (func))))
  (import "types:only/here" (instance)))
"""
POLICY = """[keyvalue]
file = "keys.db"
[plugins.pricing.limits]
deadline = "50ms"
[plugins.pricing.keyvalue]
buckets = ["prices"]
[plugins.pricing.log]
"""


def run(*arguments, **options):
    done = subprocess.run([MORTISE, "audit", *arguments], capture_output=True, text=True, **options)
    return done.returncode, done.stdout, done.stderr


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


class Audit(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.component = self.file("pricing.wat", ASKS)
        self.policy = self.file("policy.toml", POLICY)
        self.lock = str(self.folder / "mortise.lock")

    def file(self, name, content):
        path = self.folder / name
        path.write_text(content)
        return str(path)

    def report(self, after):
        return f"{self.component}\n  sha256        {sha256(ASKS)}\n{after}"

    def approve(self, *more):
        return run(self.component, "--policy", self.policy, "--lock", self.lock, "--approve", *more)

    def changes(self, *more):
        status, out, error = run(self.component, "--policy", self.policy, "--lock", self.lock, *more)
        self.assertEqual(error, "")
        return status, out.split("\n\n")[-1]

    def test_says_what_it_may_do_and_what_it_is_denied_without_a_policy(self):
        denied = "the policy grants pricing no keyvalue: add `[plugins.pricing.keyvalue]`"
        out = self.report(f"""
Without a policy it
  runs under    deadline 100 ms, no bound on fuel, memory 64 MiB, results of 64 MiB
  may           compute
                see the time, which stands still during a call (wasi)
  is denied     wasi:keyvalue/store@0.2.0-draft: {denied}
  needs of host acme:shop/stock
""")
        self.assertEqual(run(self.component), (1, out, ""))

    def test_says_what_it_may_do_by_a_policy(self):
        out = self.report("""
As `pricing` of policy.toml it
  runs under    deadline 50 ms, no bound on fuel, memory 64 MiB, results of 64 MiB
  may           compute
                see the time, which stands still during a call (wasi)
                read and write keys in the bucket `prices`, 10000 keys and 16 MiB (keyvalue)
                use keys of 512 bytes, values of 1 MiB, batches of 1000 and answers of 8 MiB (keyvalue)
  needs of host acme:shop/stock
  has unused    log from `info` on, 100 messages and 64 KiB a second (log)
                log messages of 8 KiB, in contexts of 200 bytes (log)
""")
        self.assertEqual(run(self.component, "--policy", self.policy), (0, out, ""))

    def test_says_it_of_a_plugin_with_exports(self):
        status, out, error = run(str(GUESTS / "processor.wasm"))
        self.assertEqual((status, error), (0, ""))
        digest = hashlib.sha256((GUESTS / "processor.wasm").read_bytes()).hexdigest()
        self.assertIn(f"  sha256        {digest}\n  exports       techbytes:plugins/processor\n", out)

    def test_takes_the_name_that_it_is_given(self):
        status, out, _ = run(self.component, "--policy", self.policy, "--plugin", "other")
        self.assertEqual(status, 1)
        self.assertIn("\nAs `other` of policy.toml it\n", out)
        self.assertIn("policy.toml grants other no keyvalue: add `[plugins.other.keyvalue]`\n", out)

    def test_says_that_a_policy_refuses_it(self):
        policy = self.file("strict.toml", 'unnamed = "refused"\n')
        status, out, _ = run(self.component, "--policy", policy)
        self.assertEqual(status, 1)
        self.assertIn("is refused    strict.toml names no plugin of that name: add `[plugins.pricing]`\n", out)

    def test_says_what_is_wrong_with_a_policy(self):
        policy = self.file("bad.toml", "[plugins.pricing]\nlimit = 1\n")
        said = "mortise audit: bad.toml:2:1: there is no key `limit` in [plugins.pricing]; did you mean `limits`?\n"
        self.assertEqual(run(self.component, "--policy", policy), (3, "", said))

    def test_says_what_it_cannot_read(self):
        said = "mortise audit: /nowhere.wasm cannot be opened: No such file or directory\n"
        self.assertEqual(run("/nowhere.wasm"), (3, "", said))
        os.mkfifo(self.folder / "pipe")
        said = f"mortise audit: {self.folder}/pipe is not a regular file\n"
        self.assertEqual(run(self.component, "--policy", str(self.folder / "pipe")), (3, "", said))
        self.assertEqual(run(self.component, "--lock", str(self.folder / "pipe")), (3, "", said))

    def test_wants_a_name_that_policies_know(self):
        said = "mortise audit: `a b` is no name of a plugin in policies: --plugin says which\n"
        self.assertEqual(run(self.file("a b.wat", ASKS)), (2, "", said + MORE))

    def test_wants_a_lock_file_to_approve_in(self):
        said = "mortise audit: --approve needs a lock file: --lock, or `lock` in the policy\n"
        self.assertEqual(run(self.component, "--approve"), (2, "", said + MORE))

    def test_approves(self):
        status, out, error = self.approve()
        self.assertEqual((status, error), (0, f"{self.lock}: approved as `pricing`\n"))
        self.assertTrue(out.endswith(f"\nIt was not approved yet in {self.lock}\n"))
        self.assertEqual(self.changes(), (0, f"It is as it was approved in {self.lock}\n"))
        text = pathlib.Path(self.lock).read_text()
        self.assertIn(f'[plugins."pricing"]\ncomponent = "{sha256(ASKS)}"\n', text)
        self.assertIn('"keyvalue: read and write keys in the bucket `prices`, 10000 keys and 16 MiB",\n', text)

    def test_keeps_what_else_was_approved(self):
        self.approve()
        self.approve("--plugin", "another")
        text = pathlib.Path(self.lock).read_text()
        self.assertLess(text.index('[plugins."another"]'), text.index('[plugins."pricing"]'))

    def test_says_that_nothing_was_approved(self):
        status, said = self.changes()
        self.assertEqual((status, said), (1, f"It was not approved yet in {self.lock}\n"))

    def test_takes_the_lock_file_of_the_policy(self):
        self.file("policy.toml", 'lock = "mortise.lock"\n' + POLICY)
        run(self.component, "--policy", self.policy, "--approve")
        self.assertTrue(pathlib.Path(self.lock).exists())

    def test_says_what_changed_since_it_was_approved(self):
        self.approve()
        self.file("pricing.wat", ASKS.replace("wall-clock", "monotonic-clock"))
        self.file("policy.toml", POLICY.replace('"prices"', '"prices", "x"'))
        self.assertEqual(self.changes(), (1, f"""Since it was approved in {self.lock} it
  is another component
  imports now wasi:clocks/monotonic-clock@0.2.6
  no longer imports wasi:clocks/wall-clock@0.2.6
  is now granted keyvalue: read and write keys in the buckets `prices` and `x`, 10000 keys and 16 MiB
  is no longer granted keyvalue: read and write keys in the bucket `prices`, 10000 keys and 16 MiB
"""))

    def test_tells_another_build_from_another_contract(self):
        self.approve()
        self.file("pricing.wat", ASKS + ";; again\n")
        same = f"Since it was approved in {self.lock} it\n  is another component\n"
        self.assertEqual(self.changes(), (1, same))
        self.file("pricing.wat", ASKS.replace('stock" (instance (export "f" (func', 'stock" (instance (export "g" (func'))
        other = same + "  has other functions or types in the interfaces that it had\n"
        self.assertEqual(self.changes(), (1, other))

    def test_says_it_for_programs(self):
        self.approve()
        self.file("policy.toml", POLICY.replace("[plugins.pricing.keyvalue]\nbuckets", "[plugins.pricing.config]\nbuckets").replace('["prices"]', '"x"'))
        status, out, _ = run(self.component, "--policy", self.policy, "--lock", self.lock, "--json")
        read = json.loads(out)
        self.assertEqual(status, 1)
        self.assertEqual(read.pop("component"), sha256(ASKS))
        self.assertEqual(len(read.pop("contract")), 64)
        log = [
            {"grant": "log", "what": "log from `info` on, 100 messages and 64 KiB a second"},
            {"grant": "log", "what": "log messages of 8 KiB, in contexts of 200 bytes"},
        ]
        self.assertEqual(read, {
            "plugin": "pricing",
            "exports": [],
            "refused": False,
            "limits": ["deadline 50 ms", "no bound on fuel", "memory 64 MiB", "results of 64 MiB"],
            "may": [
                {"grant": "", "what": "compute"},
                {"grant": "wasi", "what": "see the time, which stands still during a call"},
            ],
            "denied": [{
                "interface": "wasi:keyvalue/store@0.2.0-draft",
                "advice": "policy.toml grants pricing no keyvalue: add `[plugins.pricing.keyvalue]`",
            }],
            "host": ["acme:shop/stock"],
            "unused": [*log, {"grant": "config", "what": "read the setting `buckets`"}],
            "approved": False,
            "changes": [
                "is now granted config: read the setting `buckets`",
                "is no longer granted keyvalue: read and write keys in the bucket `prices`, 10000 keys and 16 MiB",
                "is no longer granted keyvalue: use keys of 512 bytes, values of 1 MiB, batches of 1000 and answers of 8 MiB",
            ],
        })

    def test_says_that_a_child_is_another_one(self):
        self.file("tax.wasm", "one")
        self.file("policy.toml", POLICY + '[plugins.pricing.plugins]\nlisted = { tax = "tax.wasm" }\n')
        self.approve()
        self.file("tax.wasm", "two")
        said = f"Since it was approved in {self.lock} it\n  runs another component as `tax`\n"
        self.assertEqual(self.changes(), (1, said))

    def test_has_no_more_than_a_component_for_input(self):
        said = f"mortise audit: {ROOT}/wit is WIT, not a component\n"
        self.assertEqual(run(str(ROOT / "wit")), (3, "", said))


unittest.main(argv=sys.argv[:1])
