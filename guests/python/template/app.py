from componentize_py_types import Err
from wit_world import exports
from wit_world.exports import processor


class Processor(exports.Processor):
    # The Err that is raised is the contract's error.
    def process_data(self, input: str, meta: processor.Metadata) -> str:
        if not input:
            raise Err("Input cannot be empty")
        return f"[Processed by {meta.name} v{meta.version}]: {input.upper()}"
