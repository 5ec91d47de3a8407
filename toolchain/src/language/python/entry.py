# How a component reaches the plugin. Written by `mortise build`: do not edit.
import importlib
import io
import sys
import types


class Nowhere(io.TextIOBase):
    """Takes what is printed, where there is no host to take it."""

    def writable(self):
        return True

    def write(self, text):
        return len(text)


def silence():
    sys.stdout = sys.stderr = Nowhere()


def lend(module_name, name, resource):
    """componentize-py looks for the class of a resource in a module that is called as its interface."""
    try:
        module = importlib.import_module(module_name)
    except ImportError:
        module = sys.modules[module_name] = types.ModuleType(module_name)
    if getattr(module, name, resource) is not resource:
        raise ImportError(f"a module called {module_name} has a {name}: rename it")
    setattr(module, name, resource)
