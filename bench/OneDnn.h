//===- OneDnn.h - oneDNN's eltwise primitives -------------------*- C++ -*-===//
//
// The rival's side of the comparison. Without ACTIN_BENCH_ONEDNN it is absent.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_BENCH_ONEDNN_H
#define ACTIN_BENCH_ONEDNN_H

#include "Streams.h"

#include <memory>
#include <string>
#include <string_view>

namespace bench {

/// One eltwise primitive, created, and bound to the memory of `streams`.
class OneDnnPrimitive {
public:
  /// nullptr, with the reason in `error`, where oneDNN cannot do it.
  static std::unique_ptr<OneDnnPrimitive> create(std::string_view name,
                                                 bool backward,
                                                 const Streams &streams,
                                                 std::string &error);
  ~OneDnnPrimitive();
  /// Executes and waits for the result.
  void run();

  struct Impl;

private:
  OneDnnPrimitive();
  std::unique_ptr<Impl> impl;
};

/// Whether oneDNN has an eltwise algorithm for this activation (and is built
/// in).
bool hasOneDnnAlgorithm(std::string_view name);

/// Nanoseconds that execute and wait take for 16 elements: what the queue of a
/// SYCL build (the only one that registries still carry) costs beside the
/// kernel. Measured once.
double getOneDnnDispatchNanos();

} // namespace bench

#endif // ACTIN_BENCH_ONEDNN_H
