//===- CacheBundle.h - Many entries in one file -----------------*- C++ -*-===//
//
// magic "ACTINBDL" | format (u32) | 0 (u32) | number of entries (u64)
// each entry: its size (u64), then as CacheEntry.h says
// XXH3-128 of everything before (16 bytes)
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_CACHE_CACHEBUNDLE_H
#define ACTIN_CACHE_CACHEBUNDLE_H

#include "actin/Expected.h"

#include <string>
#include <string_view>
#include <vector>

namespace actin {

std::string encodeBundle(const std::vector<std::string> &entries);

/// The entries, each of which decodes. Errors: anything else than what
/// `encodeBundle` gives for such entries.
Expected<std::vector<std::string_view>> decodeBundle(std::string_view bytes);

} // namespace actin

#endif // ACTIN_CACHE_CACHEBUNDLE_H
