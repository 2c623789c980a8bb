#include "submit/job_source.hpp"

#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace steelyard::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A pipe whose reading end a source has.
struct Feed {
  FileDescriptor write_end;
  LineJobs jobs;

  explicit Feed(const LineJobs::Options& options) : Feed(*make_pipe(), options) {}
  Feed(Pipe pipe, const LineJobs::Options& options)
      : write_end(std::move(pipe.write_end)), jobs(std::move(pipe.read_end), options) {}

  void write(std::string_view text) const {
    ASSERT_EQ(::write(write_end.get(), text.data(), text.size()),
              static_cast<ssize_t>(text.size()));
  }
};

TEST(LineJobs, gives_what_is_there_and_not_the_line_that_is_not_complete) {
  Feed feed({.max_jobs = 10});
  feed.write("a\n\nlonger\nhal");
  EXPECT_THAT(*feed.jobs.next(), ElementsAre("a", "", "longer"));
  feed.write("f\n");
  EXPECT_THAT(*feed.jobs.next(), ElementsAre("half"));
}

TEST(LineJobs, the_last_line_needs_no_newline) {
  Feed feed({.max_jobs = 10});
  feed.write("a\nb");
  feed.write_end.close();
  EXPECT_THAT(*feed.jobs.next(), ElementsAre("a"));
  EXPECT_THAT(*feed.jobs.next(), ElementsAre("b"));
  EXPECT_THAT(*feed.jobs.next(), IsEmpty());
}

TEST(LineJobs, an_empty_file_has_no_jobs) {
  Feed feed({.max_jobs = 10});
  feed.write_end.close();
  EXPECT_THAT(*feed.jobs.next(), IsEmpty());
}

TEST(LineJobs, never_gives_more_than_asked_for) {
  Feed feed({.max_jobs = 2});
  feed.write("a\nb\nc\n");
  feed.write_end.close();
  EXPECT_THAT(*feed.jobs.next(), ElementsAre("a", "b"));
  EXPECT_THAT(*feed.jobs.next(), ElementsAre("c"));
  EXPECT_THAT(*feed.jobs.next(), IsEmpty());
}

TEST(LineJobs, waits_for_whole_batches_when_told_to) {
  Feed feed({.max_jobs = 3, .whole_batches = true});
  feed.write("a\nb\n");
  auto batch = std::async(std::launch::async, [&] { return *feed.jobs.next(); });
  feed.write("c\nd\n");
  EXPECT_THAT(batch.get(), ElementsAre("a", "b", "c"));
  feed.write_end.close();
  EXPECT_THAT(*feed.jobs.next(), ElementsAre("d"));
}

TEST(LineJobs, stops_while_it_waits) {
  Feed feed({.max_jobs = 3});
  auto batch = std::async(std::launch::async, [&] { return *feed.jobs.next(); });
  feed.jobs.stop();
  EXPECT_THAT(batch.get(), IsEmpty());
}

TEST(OneJob, is_given_once) {
  OneJob job("payload");
  EXPECT_THAT(*job.next(), ElementsAre("payload"));
  EXPECT_THAT(*job.next(), IsEmpty());
}

TEST(Input, that_cannot_be_read_is_named_with_the_reason) {
  EXPECT_THAT(open_input("/no/such/file").error().context,
              HasSubstr("cannot read '/no/such/file': No such file or directory"));
  EXPECT_THAT(read_input("/").error().context, HasSubstr("Is a directory"));
}

}  // namespace
}  // namespace steelyard::cli
