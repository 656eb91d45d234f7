// Is not run: it owns what is precompiled for the tests.
int main() { return 0; }
