/* Asks for what NT 5.2 has not: the test of the import tables has to find it. */
#include <windows.h>

int main(void) {
  CancelIoEx(0, 0);
  return (int)GetTickCount64();
}
