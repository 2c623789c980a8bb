#include "steelyard/store/frail_disk.test.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <set>

#include <fmt/format.h>

namespace steelyard::store {

struct FrailDisk::Handle {
  sqlite3_file base;
  FrailDisk* disk;
  std::shared_ptr<File> file;
  bool syncs_folder;
};

/// What SQLite calls.
struct FrailDisk::Calls {
  static Handle& handle(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }
  static FrailDisk& disk(sqlite3_vfs* vfs) { return *static_cast<FrailDisk*>(vfs->pAppData); }

  static int close(sqlite3_file* file) {
    handle(file).~Handle();
    return SQLITE_OK;
  }

  static int read(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) {
    const std::string& content = handle(file).file->content;
    const std::size_t begin = std::min(static_cast<std::size_t>(offset), content.size());
    const std::size_t found = std::min(static_cast<std::size_t>(size), content.size() - begin);
    std::memset(to, 0, static_cast<std::size_t>(size));
    std::memcpy(to, content.data() + begin, found);
    return found == static_cast<std::size_t>(size) ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
  }

  static int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
    Handle& to = handle(file);
    const int failed = to.disk->fails(false);
    const Write write{static_cast<std::size_t>(offset),
                      {static_cast<const char*>(from), static_cast<std::size_t>(size)}};
    // A write during which the power goes may have reached the plate.
    if (failed == SQLITE_OK || failed == SQLITE_IOERR) to.disk->change(*to.file, write);
    return failed;
  }

  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    Handle& to = handle(file);
    const int failed = to.disk->fails(false);
    if (failed == SQLITE_OK) to.disk->change(*to.file, Truncate{static_cast<std::size_t>(size)});
    return failed;
  }

  static int sync(sqlite3_file* file, int) {
    Handle& to = handle(file);
    const int failed = to.disk->fails(true);
    if (failed == SQLITE_IOERR_FSYNC) to.file->pending.clear();
    if (failed != SQLITE_OK) return failed;
    for (const Change& change : to.file->pending) apply(to.file->durable, change);
    to.file->pending.clear();
    if (to.syncs_folder) to.disk->durable_entries_ = to.disk->entries_;
    to.syncs_folder = false;
    return SQLITE_OK;
  }

  static int file_size(sqlite3_file* file, sqlite3_int64* size) {
    *size = static_cast<sqlite3_int64>(handle(file).file->content.size());
    return SQLITE_OK;
  }

  static int lock(sqlite3_file*, int) { return SQLITE_OK; }
  static int check_lock(sqlite3_file*, int* is_reserved) {
    *is_reserved = 0;
    return SQLITE_OK;
  }
  static int control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
  static int sector_size(sqlite3_file*) { return 512; }
  static int characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* got) {
    FrailDisk& disk = Calls::disk(vfs);
    file->pMethods = nullptr;
    auto found = disk.entries_.find(name);
    const bool is_new = found == disk.entries_.end();
    if (is_new) {
      if ((flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
      if (const int failed = disk.fails(false); failed != SQLITE_OK) return failed;
      found = disk.entries_.emplace(name, std::make_shared<File>()).first;
    }
    const bool beside = (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
    new (file) Handle{{&kMethods}, &disk, found->second, is_new && beside};
    if (got != nullptr) *got = disk.is_protected_ ? SQLITE_OPEN_READONLY : flags;
    return SQLITE_OK;
  }

  static int remove(sqlite3_vfs* vfs, const char* name, int sync_folder) {
    FrailDisk& disk = Calls::disk(vfs);
    if (const int failed = disk.fails(false); failed != SQLITE_OK) return failed;
    if (disk.entries_.erase(name) == 0) return SQLITE_IOERR_DELETE_NOENT;
    if (sync_folder != 0) disk.durable_entries_ = disk.entries_;
    return SQLITE_OK;
  }

  static int access(sqlite3_vfs* vfs, const char* name, int, int* found) {
    *found = Calls::disk(vfs).entries_.contains(name) ? 1 : 0;
    return SQLITE_OK;
  }

  static int full_name(sqlite3_vfs*, const char* name, int size, char* full) {
    ::sqlite3_snprintf(size, full, "%s", name);
    return SQLITE_OK;
  }

  static constexpr sqlite3_io_methods kMethods{
      1,       close,      read,    write,       truncate,        sync,    file_size, lock,
      lock,    check_lock, control, sector_size, characteristics, nullptr, nullptr,   nullptr,
      nullptr, nullptr,    nullptr};
};

FrailDisk::FrailDisk() : vfs_(std::make_unique<sqlite3_vfs>(*::sqlite3_vfs_find(nullptr))) {
  static int counter = 0;
  name_ = fmt::format("frail-{}", counter++);
  vfs_->iVersion = 1;
  vfs_->szOsFile = sizeof(Handle);
  vfs_->zName = name_.c_str();
  vfs_->pAppData = this;
  vfs_->xOpen = Calls::open;
  vfs_->xDelete = Calls::remove;
  vfs_->xAccess = Calls::access;
  vfs_->xFullPathname = Calls::full_name;
  ::sqlite3_vfs_register(vfs_.get(), 0);
}

FrailDisk::~FrailDisk() {
  ::sqlite3_vfs_unregister(vfs_.get());
}

void FrailDisk::fail_after(std::uint64_t operations, Fault fault, std::uint64_t count) {
  fault_ = fault;
  until_fault_ = operations;
  failures_left_ = count;
  failures_ = 0;
}

int FrailDisk::fails(bool is_sync) {
  if (!has_power_) return SQLITE_IOERR_READ;
  if (!fault_ || failures_left_ == 0) return SQLITE_OK;
  const bool may_fail = *fault_ == Fault::PowerCut || is_sync == (*fault_ == Fault::SyncError);
  if (!may_fail) return SQLITE_OK;
  if (until_fault_ > 0) {
    --until_fault_;
    return SQLITE_OK;
  }
  ++failures_;
  switch (*fault_) {
    case Fault::PowerCut:
      has_power_ = false;
      return SQLITE_IOERR;
    case Fault::Full:
      --failures_left_;
      return SQLITE_FULL;
    case Fault::WriteError:
      --failures_left_;
      return SQLITE_IOERR_WRITE;
    case Fault::SyncError:
      --failures_left_;
      return SQLITE_IOERR_FSYNC;
  }
  return SQLITE_OK;
}

void FrailDisk::change(File& file, Change change) {
  apply(file.content, change);
  file.pending.push_back(std::move(change));
}

void FrailDisk::apply(std::string& content, const Change& change) {
  if (const auto* cut = std::get_if<Truncate>(&change)) {
    content.resize(std::min(content.size(), cut->size));
    return;
  }
  const auto& write = std::get<Write>(change);
  content.resize(std::max(content.size(), write.offset + write.bytes.size()));
  content.replace(write.offset, write.bytes.size(), write.bytes);
}

void FrailDisk::apply_torn(std::string& content, const Change& change, base::Random& dice) {
  constexpr std::size_t kSectorBytes = 512;
  const auto* write = std::get_if<Write>(&change);
  if (write == nullptr) return apply(content, change);
  for (std::size_t begin = 0; begin < write->bytes.size();) {
    const std::size_t end = (write->offset + begin) / kSectorBytes * kSectorBytes + kSectorBytes;
    const std::size_t size = std::min(end - write->offset, write->bytes.size()) - begin;
    if (dice.below(2) == 0) {
      apply(content, Write{write->offset + begin, write->bytes.substr(begin, size)});
    }
    begin += size;
  }
}

void FrailDisk::restart(base::Random& dice) {
  std::set<std::string> names;
  for (const auto& [name, file] : entries_) names.insert(name);
  for (const auto& [name, file] : durable_entries_) names.insert(name);
  Folder left;
  for (const std::string& name : names) {
    const Folder& from = dice.below(2) == 0 ? entries_ : durable_entries_;
    if (const auto found = from.find(name); found != from.end()) left.insert(*found);
  }
  const std::uint64_t mood = dice.below(4);  // everything, nothing, or each as it comes
  for (const auto& [name, file] : left) {
    for (const Change& change : file->pending) {
      const std::uint64_t fate = mood < 2 ? mood : dice.below(3);
      if (fate == 0) apply(file->durable, change);
      if (fate == 2) apply_torn(file->durable, change, dice);
    }
    file->pending.clear();
    file->content = file->durable;
  }
  entries_ = left;
  durable_entries_ = left;
  has_power_ = true;
  fault_.reset();
}

std::string FrailDisk::content(const std::string& file) const {
  const auto found = entries_.find(file);
  return found == entries_.end() ? "" : found->second->content;
}

void FrailDisk::put(const std::string& file, std::string content) {
  const auto made = std::make_shared<File>();
  made->durable = content;
  made->content = std::move(content);
  entries_[file] = made;
  durable_entries_[file] = made;
}

}  // namespace steelyard::store
