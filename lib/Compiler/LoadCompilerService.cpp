//===- LoadCompilerService.cpp - The compiler library on demand -----------===//

#include "Compiler/CompilerService.h"
#include "Support/Version.h"

#include <algorithm>
#include <climits>
#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

namespace actin {

/// The folder, with a slash, of the program or library that holds this code;
/// empty where the system does not say. (For a program `dli_fname` is only what
/// its starter called it.)
static std::string getOwnFolder() {
  Dl_info self;
  link_map *map = nullptr;
  if (!dladdr1(reinterpret_cast<const void *>(&loadCompilerService), &self,
               reinterpret_cast<void **>(&map), RTLD_DL_LINKMAP) ||
      !map)
    return {};
  std::string path = map->l_name;
  if (path.empty()) {
    path.resize(PATH_MAX);
    ssize_t length = readlink("/proc/self/exe", path.data(), path.size());
    path.resize(std::max<ssize_t>(length, 0));
  }
  path.resize(path.rfind('/') + 1);
  return path;
}

/// Where the library may be, best first.
static std::vector<std::string> getCandidates() {
  const std::string file = ACTIN_COMPILER_LIBRARY, folder = getOwnFolder();
  if (folder.empty())
    return {file};
  return {folder + file, folder + "../lib/" + file, file};
}

/// The library's one function, or why there is none. The library stays loaded:
/// LLVM cannot be unloaded safely.
static Expected<decltype(&actinCreateCompilerService)> loadLibrary() {
  std::string reasons;
  for (const std::string &candidate : getCandidates()) {
    void *library = dlopen(candidate.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) {
      reasons += std::string("; ") + dlerror();
      continue;
    }
    if (void *function = dlsym(library, "actinCreateCompilerService"))
      return reinterpret_cast<decltype(&actinCreateCompilerService)>(function);
    reasons += "; " + candidate + " is no compiler library of Actin";
  }
  return makeError("the compiler library cannot be loaded" + reasons);
}

Expected<std::shared_ptr<CompilerService>> loadCompilerService() {
  auto create = loadLibrary();
  if (!create)
    return tl::make_unexpected(create.error());
  std::string version(getBuildVersion());
  std::shared_ptr<CompilerService> service((*create)(version.c_str()));
  if (!service)
    return makeError("the compiler library is of another build than this one, "
                     "which is " +
                     version);
  return service;
}

} // namespace actin
