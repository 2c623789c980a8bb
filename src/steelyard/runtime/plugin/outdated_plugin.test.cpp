/// A plugin for the tests that was built for a version that never was.
extern "C" unsigned steelyard_plugin_version() {
  return 0;
}
extern "C" void steelyard_plugin_register(void*, void*) {}
