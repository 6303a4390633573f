//===- Cache.cpp - actin cache: kernels on disk ---------------------------===//

#include "Commands.h"
#include "Report.h"

#include "actin/Cache.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <ctime>
#include <memory>

namespace actin::tool {
namespace {

using nlohmann::ordered_json;

struct CacheCommandOptions {
  DiskCacheOptions cache;
  std::string maxSize;
  std::string file;
  bool json = false;
};

std::string formatSize(uint64_t sizeBytes) {
  char text[32];
  if (sizeBytes < 1024)
    std::snprintf(text, sizeof text, "%d B", int(sizeBytes));
  else if (sizeBytes < 1024 * 1024)
    std::snprintf(text, sizeof text, "%.1f KiB", double(sizeBytes) / 0x1p10);
  else
    std::snprintf(text, sizeof text, "%.1f MiB", double(sizeBytes) / 0x1p20);
  return text;
}

std::string formatTime(int64_t seconds) {
  std::time_t time = seconds;
  std::tm local;
  char text[32];
  localtime_r(&time, &local);
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &local);
  return text;
}

std::string getField(const CacheEntryInfo &entry, const std::string &name) {
  for (const auto &[field, value] : entry.fields)
    if (field == name)
      return value;
  return "";
}

/// "forward, gradient x, gradient beta".
std::string describeOutputs(const CacheEntryInfo &entry) {
  std::string text = getField(entry, "forward") == "yes" ? "forward" : "";
  for (const auto &[field, value] : entry.fields)
    if (field == "gradient" || field == "second")
      text += (text.empty() ? "" : ", ") + field + " " + value;
  return text;
}

ordered_json toJson(const CacheEntryInfo &entry) {
  ordered_json fields = ordered_json::array();
  for (const auto &[field, value] : entry.fields)
    fields.push_back({{"field", field}, {"value", value}});
  return {{"name", entry.name},
          {"bytes", entry.sizeBytes},
          {"code_bytes", entry.codeSizeBytes},
          {"last_used", entry.lastUsed},
          {"fault", entry.fault},
          {"missing_features", entry.missingFeatures},
          {"key", fields}};
}

/// A file name says enough by its first digits.
std::string shorten(const std::string &name) { return name.substr(0, 12); }

std::string describe(const CacheEntryInfo &entry) {
  std::string line = shorten(entry.name) + "  " + formatTime(entry.lastUsed) +
                     "  " + formatSize(entry.sizeBytes);
  if (!entry.fault.empty())
    return line + "  bad: " + entry.fault + "\n";
  line += "  " + getField(entry, "type") + " " + getField(entry, "cpu") + " " +
          getField(entry, "space") + "  " + describeOutputs(entry);
  if (!entry.missingFeatures.empty())
    line += "  (not for this machine: it lacks " + entry.missingFeatures + ")";
  std::string formula = getField(entry, "formula");
  for (size_t at = 0; (at = formula.find('\n', at)) != std::string::npos;)
    formula.replace(at, 1, "\n    ");
  return line + "\n    " + formula + "\n";
}

/// "3 entries, 24.5 KiB".
std::string describe(const CacheSummary &summary) {
  return std::to_string(summary.numEntries) +
         (summary.numEntries == 1 ? " entry, " : " entries, ") +
         formatSize(summary.sizeBytes);
}

CacheSummary summarize(const std::vector<CacheEntryInfo> &entries) {
  CacheSummary summary{entries.size(), 0};
  for (const CacheEntryInfo &entry : entries)
    summary.sizeBytes += entry.sizeBytes;
  return summary;
}

void runList(const CacheCommandOptions &options) {
  std::vector<CacheEntryInfo> entries = unwrap(listCache(options.cache));
  if (options.json) {
    ordered_json list = ordered_json::array();
    for (const CacheEntryInfo &entry : entries)
      list.push_back(toJson(entry));
    printJson({{"directory", options.cache.directory},
               {"max_bytes", options.cache.maxSizeBytes},
               {"entries", list}});
    return;
  }
  std::string text;
  for (const CacheEntryInfo &entry : entries)
    text += describe(entry);
  printText(text + options.cache.directory + ": " +
            describe(summarize(entries)) + "\n");
}

/// Fails where an entry is bad: the next compilation will replace it.
void runVerify(const CacheCommandOptions &options) {
  std::vector<CacheEntryInfo> entries = unwrap(listCache(options.cache));
  ToolError error;
  ordered_json bad = ordered_json::array();
  for (const CacheEntryInfo &entry : entries) {
    if (entry.fault.empty())
      continue;
    bad.push_back({{"name", entry.name}, {"fault", entry.fault}});
    error.diagnostics.push_back(
        {Severity::Error, {}, entry.name + ": " + entry.fault, {}});
  }
  if (options.json)
    printJson({{"entries", entries.size()}, {"bad", bad}});
  if (!bad.empty())
    throw error;
  if (!options.json)
    printText(describe(summarize(entries)) + ", all sound\n");
}

void report(const CacheCommandOptions &options, const char *verb,
            const CacheSummary &summary) {
  if (options.json)
    printJson({{verb, summary.numEntries}, {"bytes", summary.sizeBytes}});
  else
    printText(std::string(verb) + " " + describe(summary) + "\n");
}

void runPrune(CacheCommandOptions options) {
  if (!options.maxSize.empty()) {
    auto sizeBytes = parseSizeBytes(options.maxSize);
    if (!sizeBytes)
      failUsage("--max-size is a number of bytes, or one with K, M or G");
    options.cache.maxSizeBytes = *sizeBytes;
  }
  report(options, "removed", unwrap(pruneCache(options.cache)));
}

} // namespace

void addCacheCommand(CLI::App &app) {
  CLI::App *command = app.add_subcommand(
      "cache", "Look after the compiled kernels that are kept on disk");
  command->require_subcommand(1);
  auto options = std::make_shared<CacheCommandOptions>();
  auto add = [&](const char *name, const char *description,
                 std::function<void(const CacheCommandOptions &)> run) {
    CLI::App *action = command->add_subcommand(name, description);
    action->add_option("--dir", options->cache.directory,
                       "The cache's folder, in place of ACTIN_CACHE_DIR");
    action->add_flag("--json", options->json, "Report in JSON");
    action->callback([options, run] {
      std::string given = options->cache.directory;
      options->cache = DiskCacheOptions::fromEnvironment();
      if (!given.empty())
        options->cache.directory = given;
      run(*options);
    });
    return action;
  };
  add("list", "Show every entry, most recently used first", runList);
  add("verify", "Check every entry in full", runVerify);
  add("prune", "Remove the least recently used entries", runPrune)
      ->add_option("--max-size", options->maxSize,
                   "What may stay, as 64M; else ACTIN_CACHE_MAX_SIZE");
  add("clear", "Remove every entry", [](const CacheCommandOptions &options) {
    report(options, "removed", unwrap(clearCache(options.cache)));
  });
  add("export", "Write all sound entries into one file",
      [](const CacheCommandOptions &options) {
        report(options, "exported",
               unwrap(exportCache(options.cache, options.file)));
      })
      ->add_option("file", options->file, "The file to write")
      ->required();
  add("import", "Check an exported file, then add its entries",
      [](const CacheCommandOptions &options) {
        report(options, "imported",
               unwrap(importCache(options.cache, options.file)));
      })
      ->add_option("file", options->file, "The file to read; it holds code")
      ->required();
}

} // namespace actin::tool
