//===- Jit.cpp - Machine code in this process -----------------------------===//

#include "Runtime/Jit.h"

#include "llvm/ExecutionEngine/Orc/SelfExecutorProcessControl.h"
#include "llvm/ExecutionEngine/Orc/TaskDispatch.h"
#include "llvm/Support/MemoryBuffer.h"

namespace actin {

llvm::Expected<std::shared_ptr<Jit>> Jit::create() {
  // Kernels call nothing and have no initialisers: no platform, no symbols of
  // the process, no thread.
  auto control = llvm::orc::SelfExecutorProcessControl::Create(
      nullptr, std::make_unique<llvm::orc::InPlaceTaskDispatcher>());
  if (!control)
    return control.takeError();
  auto lljit = llvm::orc::LLJITBuilder()
                   .setExecutorProcessControl(std::move(*control))
                   .setPlatformSetUp(llvm::orc::setUpInactivePlatform)
                   .setLinkProcessSymbolsByDefault(false)
                   .create();
  if (!lljit)
    return lljit.takeError();
  // Errors come back from the calls; nothing is printed.
  (*lljit)->getExecutionSession().setErrorReporter(
      [](llvm::Error error) { llvm::consumeError(std::move(error)); });
  return std::shared_ptr<Jit>(new Jit(std::move(*lljit)));
}

Jit::Code::~Code() {
  llvm::consumeError(tracker->remove());
  tracker = nullptr;
  // The names of removed symbols would pile up otherwise.
  jit->lljit->getExecutionSession().getSymbolStringPool()->clearDeadEntries();
}

llvm::Expected<std::shared_ptr<const Jit::Code>>
Jit::link(llvm::ArrayRef<char> object, llvm::StringRef symbol) {
  llvm::orc::ResourceTrackerSP tracker =
      lljit->getMainJITDylib().createResourceTracker();
  auto buffer = llvm::MemoryBuffer::getMemBufferCopy(
      llvm::StringRef(object.data(), object.size()), symbol);
  if (llvm::Error error = lljit->addObjectFile(tracker, std::move(buffer)))
    return std::move(error);
  auto address = lljit->lookup(symbol);
  if (!address) {
    llvm::consumeError(tracker->remove());
    return address.takeError();
  }
  return std::make_shared<const Code>(shared_from_this(), std::move(tracker),
                                      address->toPtr<KernelFunction>(),
                                      object.size());
}

} // namespace actin
