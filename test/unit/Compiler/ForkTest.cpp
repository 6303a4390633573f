//===- ForkTest.cpp - Processes that fork ---------------------------------===//
//
// Before the first use nothing runs and nothing is locked; after it, a child
// goes on with the kernels that it has, compiles new ones, and uses threads.
//
//===----------------------------------------------------------------------===//

#include "KernelFixture.h"

#include <dirent.h>
#include <functional>
#include <sys/wait.h>

using namespace actin;
using namespace actin::test;

namespace {

bool runsRight(const Kernel &kernel, int numThreads) {
  std::vector<float> x(100000, 2.0f), y(x.size());
  KernelArguments arguments;
  arguments.inputs = {view(x.data(), {int64_t(x.size())})};
  arguments.out = view(y.data(), {int64_t(x.size())});
  return kernel.run(arguments, numThreads) &&
         y == std::vector<float>(x.size(), 5.0f);
}

bool compilesAndRuns(Compiler &compiler, const char *text) {
  Expected<Module> module = parseModule(text);
  Expected<Kernel> kernel =
      compiler.compile(module->getActivations().front(), {});
  return kernel && runsRight(*kernel, 1) && runsRight(*kernel, 2);
}

/// Whether `work` holds in a child, within 20 s.
bool holdsInChild(const std::function<bool()> &work) {
  pid_t child = fork();
  if (child == 0) {
    alarm(20);
    _exit(work() ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int numThreadsHere() {
  int count = 0;
  DIR *folder = opendir("/proc/self/task");
  while (dirent *entry = readdir(folder))
    count += entry->d_name[0] != '.';
  closedir(folder);
  return count;
}

TEST(ForkTest, BeforeAndAfterFirstUse) {
  // In a child of its own: other tests of this process may have used TBB.
  EXPECT_TRUE(holdsInChild([] {
    int numAtStart = numThreadsHere(); // One, but for an emulator's own.
    Compiler compiler;
    bool right = numThreadsHere() == numAtStart;
    right &= holdsInChild(
        [&] { return compilesAndRuns(compiler, "activation f(x) = 2*x+1"); });
    Expected<Kernel> kernel =
        compiler.compile(parseOne("activation f(x) = 2*x+1"), {});
    right &= kernel && runsRight(*kernel, 1);
    right &= numThreadsHere() == numAtStart; // Compiling starts none.
    right &= holdsInChild([&] {
      return runsRight(*kernel, 1) && runsRight(*kernel, 2) &&
             compilesAndRuns(compiler, "activation f(x) = 3*x-1");
    });
    return right;
  }));
}

TEST(ForkTest, AfterThreadsWereUsed) {
  EXPECT_TRUE(holdsInChild([] {
    Compiler compiler;
    Expected<Kernel> kernel =
        compiler.compile(parseOne("activation f(x) = 2*x+1"), {});
    bool right = kernel && runsRight(*kernel, 2);
    return right && holdsInChild([&] {
             return runsRight(*kernel, 1) && runsRight(*kernel, 2) &&
                    compilesAndRuns(compiler, "activation f(x) = 3*x-1");
           });
  }));
}

} // namespace
