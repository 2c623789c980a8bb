#include "steelyard/runtime/zmq/broker_journal.hpp"

#include <utility>

#include "steelyard/base/assert.hpp"

namespace steelyard::zmq_runtime {

void BrokerJournal::open(std::unique_ptr<store::Log> log, std::function<void()> changed) {
  writer_.emplace(std::move(log), store::WriterOptions{}, std::move(changed));
}

std::uint64_t BrokerJournal::append(store::Record record) {
  STEELYARD_ASSERT(writer_);
  return writer_->append(std::move(record));
}

bool BrokerJournal::is_behind() const {
  return writer_ && writer_->is_behind();
}

void BrokerJournal::tell(BrokerPort& port, TimePoint now) {
  if (writer_) tell(port, now, writer_->written());
}

void BrokerJournal::tell(BrokerPort& port, TimePoint now, const store::Written& written) {
  if (written == told_) return;
  const bool is_news = written.failing && written.failing != told_.failing;
  const bool has_recovered = told_.failing && !written.failing;
  if (written.position != told_.position || has_recovered) port.persisted(now, written.position);
  // Last, because what was written before it failed does not mean that it works again.
  if (is_news || (written.failing && written.position != told_.position)) {
    port.journal_failing(now, *written.failing);
  }
  told_ = written;
}

void BrokerJournal::flush() {
  if (writer_) writer_->flush();
}

void BrokerJournal::close(BrokerPort& port, TimePoint now) {
  if (writer_) tell(port, now, writer_->close());
}

}  // namespace steelyard::zmq_runtime
