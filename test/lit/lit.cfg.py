# The lit suite: each RUN line of a test is a shell command.

import os

import lit.formats

config.name = "Actin"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.environment["PATH"] = os.pathsep.join(
    [config.actin_tools_dir, config.llvm_tools_dir, os.environ["PATH"]]
)
