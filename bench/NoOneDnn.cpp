//===- NoOneDnn.cpp - Where oneDNN is not installed -----------------------===//
//
// The same interface, with nothing behind it.
//
//===----------------------------------------------------------------------===//

#include "OneDnn.h"

using namespace bench;

struct OneDnnPrimitive::Impl {};

OneDnnPrimitive::OneDnnPrimitive() = default;
OneDnnPrimitive::~OneDnnPrimitive() = default;

std::unique_ptr<OneDnnPrimitive> OneDnnPrimitive::create(std::string_view, bool,
                                                         const Streams &,
                                                         std::string &error) {
  error = "built without oneDNN";
  return nullptr;
}

void OneDnnPrimitive::run() {}

bool bench::hasOneDnnAlgorithm(std::string_view) { return false; }

double bench::getOneDnnDispatchNanos() { return 0; }
