#include "models/model_files.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <fstream>
#include <limits>
#include <system_error>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "models/bigram_model.hpp"
#include "models/corpus.hpp"

namespace models {
namespace {

namespace fs = std::filesystem;
using steelyard::ErrorCode;
using steelyard::failure;
using steelyard::Result;

constexpr std::size_t kFirstMegabytes = 40;
constexpr std::size_t kMaxMegabytes = 1024;
/// A load that was just long enough may be too short the next time: processors change their pace.
constexpr double kMargin = 1.3;
constexpr double kGrowth = 1.05;  // of what should just suffice
constexpr int kMeasurements = 2;

/// The size that was found in an earlier run is kept beside the files.
fs::path size_file(const fs::path& folder) {
  return folder / "megabytes";
}

std::size_t remembered_megabytes(const fs::path& folder) {
  std::size_t megabytes = 0;
  std::ifstream(size_file(folder)) >> megabytes;
  return std::clamp(megabytes, kFirstMegabytes, kMaxMegabytes);
}

/// The default folder has a name that anybody may have taken before.
Result<void> make_own_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  struct stat status {};
  if (::lstat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
      status.st_uid == ::geteuid()) {
    return {};
  }
  return failure(ErrorCode::SystemError,
                 fmt::format("{} is not a folder of this user", folder.string()));
}

double thread_cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// In computing time: on a busy machine any load would last long enough by the clock on the wall.
double measure_load(const fs::path& path) {
  double shortest = std::numeric_limits<double>::infinity();
  for (int i = 0; i < kMeasurements; ++i) {
    const double start = thread_cpu_seconds();
    static_cast<void>(BigramModel::load(path));
    shortest = std::min(shortest, thread_cpu_seconds() - start);
  }
  return shortest;
}

Result<void> write_models(const ModelFiles& files, std::size_t first, std::size_t end) {
  for (std::size_t i = first; i < end; ++i) {
    const std::string name = model_name(i);
    auto written = write_corpus(files.folder / name, name, files.megabytes << 20);
    if (!written) return written;
  }
  return {};
}

}  // namespace

std::string model_name(std::size_t number) {
  return fmt::format("m{}", number + 1);
}

fs::path default_folder() {
  std::error_code error;
  const fs::path parent = fs::temp_directory_path(error);
  return (error ? fs::path("/tmp") : parent) /
         fmt::format("steelyard-example-models-{}", ::geteuid());
}

Result<ModelFiles> prepare_models(const fs::path& folder, std::size_t count, double load_s) {
  if (auto made = make_own_folder(folder); !made) return tl::unexpected(made.error());
  ModelFiles files{folder, remembered_megabytes(folder), 0};
  while (true) {
    if (auto written = write_models(files, 0, 1); !written) return tl::unexpected(written.error());
    files.load_s = measure_load(folder / model_name(0));
    if (files.load_s >= kMargin * load_s) break;
    if (files.megabytes == kMaxMegabytes) {
      return failure(ErrorCode::InvalidArgument,
                     fmt::format("a load of {} MB takes only {:.2f} s, wanted are {} s",
                                 files.megabytes, files.load_s, load_s));
    }
    const double factor = kGrowth * kMargin * load_s / files.load_s;
    const double wanted = static_cast<double>(files.megabytes) * factor;
    files.megabytes = std::min(static_cast<std::size_t>(std::ceil(wanted)), kMaxMegabytes);
  }
  std::ofstream(size_file(folder)) << files.megabytes << '\n';
  if (auto written = write_models(files, 1, count); !written) {
    return tl::unexpected(written.error());
  }
  return files;
}

}  // namespace models
