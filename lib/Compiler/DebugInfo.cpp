//===- DebugInfo.cpp - What debuggers are told of a kernel ----------------===//

#include "Compiler/DebugInfo.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

#include "llvm/BinaryFormat/Dwarf.h"

using namespace mlir;

namespace actin {
namespace {

class DebugInfoWriter {
public:
  DebugInfoWriter(ModuleOp module, const SourceMap &source,
                  LLVM::DIEmissionKind kind);

  void write(FunctionOpInterface function);

private:
  Location toSource(Location printed) const;

  MLIRContext *context;
  const SourceMap &source;
  LLVM::DIFileAttr file;
  LLVM::DICompileUnitAttr unit;
  Location declaration;
};

} // namespace

/// The file is named as it was given, without a folder: what is written does
/// not depend on where the compiler runs.
DebugInfoWriter::DebugInfoWriter(ModuleOp module, const SourceMap &source,
                                 LLVM::DIEmissionKind kind)
    : context(module.getContext()), source(source),
      file(LLVM::DIFileAttr::get(context, source.file, "")),
      unit(LLVM::DICompileUnitAttr::get(
          DistinctAttr::create(UnitAttr::get(context)), llvm::dwarf::DW_LANG_C,
          file, StringAttr::get(context, "actin"), /*isOptimized=*/true, kind)),
      declaration(FileLineColLoc::get(context, source.file,
                                      source.declaration.line,
                                      source.declaration.column)) {}

Location DebugInfoWriter::toSource(Location printed) const {
  auto place = printed->findInstanceOf<FileLineColLoc>();
  if (!place)
    return declaration;
  SourceLocation found = source.find({place.getLine(), place.getColumn()});
  if (!found.isValid())
    return declaration;
  return FileLineColLoc::get(context, source.file, found.line, found.column);
}

void DebugInfoWriter::write(FunctionOpInterface function) {
  auto name = StringAttr::get(context, function.getName());
  auto flags =
      LLVM::DISubprogramFlags::Definition | LLVM::DISubprogramFlags::Optimized;
  // The loops that the C function calls: gelu_forward.flat.
  if (name.getValue().contains('.'))
    flags = flags | LLVM::DISubprogramFlags::LocalToUnit;
  auto subprogram = LLVM::DISubprogramAttr::get(
      context, DistinctAttr::create(UnitAttr::get(context)), unit,
      /*scope=*/file, name, /*linkageName=*/{}, file, source.declaration.line,
      /*scopeLine=*/source.declaration.line, flags,
      LLVM::DISubroutineTypeAttr::get(context, {}), /*retainedNodes=*/{},
      /*annotations=*/{});
  function->walk([&](Operation *op) { op->setLoc(toSource(op->getLoc())); });
  function->walk([&](Block *block) {
    for (BlockArgument argument : block->getArguments())
      argument.setLoc(toSource(argument.getLoc()));
  });
  function->setLoc(FusedLoc::get(context, {declaration}, subprogram));
}

void addDebugInfo(ModuleOp module, const SourceMap &source,
                  LLVM::DIEmissionKind kind) {
  if (source.file.empty())
    return;
  DebugInfoWriter writer(module, source, kind);
  for (FunctionOpInterface function : module.getOps<FunctionOpInterface>())
    writer.write(function);
}

} // namespace actin
