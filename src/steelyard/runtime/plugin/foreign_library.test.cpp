/// A library for the tests that is no plugin.
extern "C" int answer() {
  return 42;
}
