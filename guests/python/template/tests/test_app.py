import unittest

from componentize_py_types import Err
from wit_world.exports.processor import Metadata

from app import Processor

META = Metadata(name="AnalyticsEngine", version="1.0.2", priority=1)


class ProcessorTest(unittest.TestCase):
    def test_answers_in_upper_case(self) -> None:
        self.assertEqual(
            Processor().process_data("hello techbytes", META),
            "[Processed by AnalyticsEngine v1.0.2]: HELLO TECHBYTES",
        )

    def test_refuses_an_empty_input(self) -> None:
        with self.assertRaises(Err) as refused:
            Processor().process_data("", META)
        self.assertEqual(refused.exception.value, "Input cannot be empty")


if __name__ == "__main__":
    unittest.main()
