//===- PtxMachine.h - Runs PTX kernels without a GPU ------------*- C++ -*-===//
//
// Executes the text of a PTX module: blocks one after the other, the threads of
// a warp in turns between shuffles, the warps of a block in turns between
// barriers. Every access of memory is checked. Lanes that meet a shuffle at
// different places, or never, are an error, as are kernels that do not end.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_TEST_PTX_PTXMACHINE_H
#define ACTIN_TEST_PTX_PTXMACHINE_H

#include "PtxKernel.h"

namespace actin::test {

class PtxMachine {
public:
  /// Throws PtxError where the module holds what is not known.
  PtxMachine(std::string_view module, PtxMemory &memory);

  /// "sm_90": what the code is for.
  const std::string &getTarget() const { return target; }
  bool hasKernel(const std::string &name) const;
  unsigned countParameters(const std::string &name) const;

  /// Every parameter is 8 bytes wide. Throws PtxError.
  void launch(const std::string &kernel, unsigned numBlocks,
              unsigned threadsPerBlock, const std::vector<uint64_t> &arguments);

private:
  const PtxKernel &getKernel(const std::string &name) const;

  PtxMemory &memory;
  std::string target;
  std::map<std::string, PtxKernel> kernels;
};

} // namespace actin::test

#endif // ACTIN_TEST_PTX_PTXMACHINE_H
