//===- MemoryCache.h - One compilation a key --------------------*- C++ -*-===//
//
// A map from key to a value that somebody still uses. It keeps nothing alive:
// an entry goes with its last handle.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_CACHE_MEMORYCACHE_H
#define ACTIN_CACHE_MEMORYCACHE_H

#include "actin/Compiler.h"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace actin {

/// Thread-safe. `Hash` and the equality of keys may take other types too, by
/// which `find` then looks a key up without making one.
template <typename T, typename Key = std::string,
          typename Hash = std::hash<Key>, typename Equal = std::equal_to<Key>>
class MemoryCache {
public:
  using Handle = std::shared_ptr<const T>;
  using Make = std::function<Expected<Handle>()>;

  /// The value of `key` if one is alive, which is a hit; else null, and nothing
  /// is counted.
  template <typename LookupKey> Handle find(const LookupKey &key) {
    std::lock_guard<std::mutex> lock(mutex);
    auto it = entries.find(key);
    Handle alive = it == entries.end() ? nullptr : it->second.value.lock();
    statistics.hits += alive != nullptr;
    return alive;
  }

  /// The value of `key`, made by `make` where none is alive. Threads that ask
  /// for one key at the same time wait for one of them to make it; where that
  /// fails, each of them tries for itself.
  Expected<Handle> getOrMake(const Key &key, const Make &make) {
    std::unique_lock<std::mutex> lock(mutex);
    while (true) {
      Entry &entry = entries[key];
      if (Handle alive = entry.value.lock()) {
        ++statistics.hits;
        return alive;
      }
      if (!entry.inFlight)
        break;
      finished.wait(lock);
    }
    entries[key].inFlight = true;
    ++statistics.misses;
    lock.unlock();
    Expected<Handle> made = make();
    lock.lock();
    Entry &entry = entries[key];
    entry.inFlight = false;
    if (made)
      entry.value = *made;
    else
      entries.erase(key);
    dropDeadEntries();
    finished.notify_all();
    return made;
  }

  CacheStatistics getStatistics() const {
    std::lock_guard<std::mutex> lock(mutex);
    CacheStatistics result = statistics;
    for (const auto &[key, entry] : entries)
      result.entries += !entry.value.expired();
    return result;
  }

private:
  struct Entry {
    std::weak_ptr<const T> value;
    bool inFlight = false;
  };

  /// Now and then, so that keys of freed values do not pile up.
  void dropDeadEntries() {
    if (entries.size() < 2 * lastLiveEntries + 16)
      return;
    for (auto it = entries.begin(); it != entries.end();)
      it = !it->second.inFlight && it->second.value.expired()
               ? entries.erase(it)
               : std::next(it);
    lastLiveEntries = entries.size();
  }

  mutable std::mutex mutex;
  std::condition_variable finished;
  std::unordered_map<Key, Entry, Hash, Equal> entries;
  size_t lastLiveEntries = 0;
  CacheStatistics statistics;
};

} // namespace actin

#endif // ACTIN_CACHE_MEMORYCACHE_H
