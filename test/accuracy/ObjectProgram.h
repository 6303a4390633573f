//===- ObjectProgram.h - Objects in programs of other machines --*- C++ -*-===//
//
// An object with functions of all goldens, linked into a C program (objects.c)
// and run here, if need be under QEMU.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_TEST_ACCURACY_OBJECTPROGRAM_H
#define ACTIN_TEST_ACCURACY_OBJECTPROGRAM_H

#include "actin/Compiler.h"

#include <string>
#include <vector>

namespace actin::test {

/// A machine to run on, and the targets of the object that runs there.
struct ObjectMachine {
  const char *name;
  std::vector<std::string> targets;
  const char *compiler;            ///< Of the C program.
  std::vector<std::string> runner; ///< Before the program; empty: this machine.
  int slackBytes = 0;              ///< That may be read behind an array.
};

const std::vector<ObjectMachine> &getObjectMachines();
const ObjectMachine &getObjectMachine(const std::string &name);

/// What is missing to run on `machine`; empty if nothing is.
std::string findMissingTool(const ObjectMachine &machine);

/// A function of the program and its arguments' roles, as objects.c has them.
struct ProgramFunction {
  ObjectFunction function;
  std::string roles;
};

/// `activation` and a pass: all inputs and parameters' gradients, or the value.
ProgramFunction makeProgramFunction(const Activation &activation, bool fused);

class ObjectProgram {
public:
  /// Compiles and links; throws std::runtime_error with what went wrong.
  ObjectProgram(const ObjectMachine &machine, DataType type,
                const std::vector<ProgramFunction> &functions);
  ~ObjectProgram();
  ObjectProgram(const ObjectProgram &) = delete;
  ObjectProgram &operator=(const ObjectProgram &) = delete;

  /// Runs on `machine`, of the same targets. `input` is what objects.c reads;
  /// gives what it writes. Throws where it fails.
  std::string run(const ObjectMachine &machine, const std::string &symbol,
                  const std::string &input) const;

private:
  std::string folder;
  DataType type;
};

} // namespace actin::test

#endif // ACTIN_TEST_ACCURACY_OBJECTPROGRAM_H
