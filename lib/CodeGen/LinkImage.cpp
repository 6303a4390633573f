//===- LinkImage.cpp - Object files to code images ------------------------===//
//
// JITLink does the work, into a buffer instead of executable memory. It is done
// for two addresses: bytes that differ would depend on where they lie, so that
// one comparison proves what a list of relocation kinds could only promise.
//
//===----------------------------------------------------------------------===//

#include "CodeGen/LinkImage.h"

#include "llvm/ExecutionEngine/JITLink/JITLink.h"

using namespace llvm;
using namespace llvm::jitlink;

namespace actin {
namespace {

/// Lays all sections out in `buffer`, as if it stood at `base`.
class BufferLayout : public JITLinkMemoryManager {
public:
  BufferLayout(uint64_t base, std::string &buffer)
      : base(base), buffer(buffer) {}

  void allocate(const JITLinkDylib *, LinkGraph &graph,
                OnAllocatedFunction onAllocated) override {
    if (Error error = layOut(graph))
      return onAllocated(std::move(error));
    onAllocated(std::make_unique<Allocation>());
  }
  void deallocate(std::vector<FinalizedAlloc> allocations,
                  OnDeallocatedFunction onDeallocated) override {
    for (FinalizedAlloc &allocation : allocations)
      allocation.release();
    onDeallocated(Error::success());
  }

private:
  /// The buffer is the layout's; there is nothing to do or to free.
  struct Allocation : InFlightAlloc {
    void abandon(OnAbandonedFunction onAbandoned) override {
      onAbandoned(Error::success());
    }
    void finalize(OnFinalizedFunction onFinalized) override {
      onFinalized(FinalizedAlloc(orc::ExecutorAddr(1)));
    }
  };

  Error layOut(LinkGraph &graph) {
    BasicLayout layout(graph);
    std::vector<uint64_t> offsets;
    uint64_t end = 0;
    for (auto &[group, segment] : layout.segments()) {
      if ((group.getMemProt() & orc::MemProt::Write) != orc::MemProt::None)
        return createStringError("the code has data that it may write to");
      end = alignTo(end, std::max(segment.Alignment, Align(64)));
      offsets.push_back(end);
      end += segment.ContentSize + segment.ZeroFillSize;
    }
    buffer.assign(end, '\0');
    for (auto [segment, offset] : zip(layout.segments(), offsets)) {
      segment.second.Addr = orc::ExecutorAddr(base + offset);
      segment.second.WorkingMem = buffer.data() + offset;
    }
    return layout.apply();
  }

  uint64_t base;
  std::string &buffer;
};

/// One link, which happens within the call of `link`. That destroys its
/// context, so the results go to `image` and `error`.
class ImageLink : public JITLinkContext {
public:
  ImageLink(uint64_t base, StringRef symbol, CodeImage &image, Error &error)
      : JITLinkContext(nullptr), base(base), symbol(symbol), image(image),
        error(error), layout(base, image.bytes) {}

  JITLinkMemoryManager &getMemoryManager() override { return layout; }
  void notifyFailed(Error failure) override {
    error = joinErrors(std::move(error), std::move(failure));
  }
  void lookup(const LookupMap &symbols,
              std::unique_ptr<JITLinkAsyncLookupContinuation> next) override {
    if (symbols.empty())
      return next->run(AsyncLookupResult());
    next->run(createStringError("the code refers to '" +
                                (*symbols.begin()->first).str() +
                                "', which is not part of it"));
  }
  LinkGraphPassFunction getMarkLivePass(const Triple &) const override {
    return [this](LinkGraph &graph) -> Error {
      Symbol *entry = findEntry(graph);
      if (!entry)
        return createStringError("the object does not define '" + symbol + "'");
      entry->setLive(true);
      return Error::success();
    };
  }
  Error notifyResolved(LinkGraph &graph) override {
    image.entryOffset = findEntry(graph)->getAddress().getValue() - base;
    return Error::success();
  }
  void notifyFinalized(JITLinkMemoryManager::FinalizedAlloc code) override {
    code.release();
  }

private:
  Symbol *findEntry(LinkGraph &graph) const {
    for (Symbol *candidate : graph.defined_symbols())
      if (candidate->hasName() && *candidate->getName() == symbol)
        return candidate;
    return nullptr;
  }

  uint64_t base;
  StringRef symbol;
  CodeImage &image;
  Error &error;
  BufferLayout layout;
};

} // namespace

static Expected<CodeImage> linkAt(uint64_t base, MemoryBufferRef object,
                                  StringRef symbol) {
  auto graph = createLinkGraphFromObject(
      object, std::make_shared<orc::SymbolStringPool>());
  if (!graph)
    return graph.takeError();
  CodeImage image;
  Error error = Error::success();
  link(std::move(*graph),
       std::make_unique<ImageLink>(base, symbol, image, error));
  if (error)
    return error;
  return image;
}

Expected<CodeImage> linkImage(ArrayRef<char> object, StringRef symbol) {
  MemoryBufferRef buffer(StringRef(object.data(), object.size()), symbol);
  Expected<CodeImage> image = linkAt(0x10000, buffer, symbol);
  if (!image)
    return image.takeError();
  Expected<CodeImage> moved = linkAt(0x7654321000, buffer, symbol);
  if (!moved)
    return moved.takeError();
  if (image->bytes != moved->bytes)
    return createStringError("the code depends on its address");
  return image;
}

} // namespace actin
