/* VIGIL_EXPORT marks what a shared libvigil shows to the world; all else is hidden. */
#ifndef VIGIL_EXPORT_H
#define VIGIL_EXPORT_H

#if defined(VIGIL_STATIC)
#define VIGIL_EXPORT
#elif defined(_WIN32)
#if defined(VIGIL_BUILDING)
#define VIGIL_EXPORT __declspec(dllexport)
#else
#define VIGIL_EXPORT __declspec(dllimport)
#endif
#else
#define VIGIL_EXPORT __attribute__((visibility("default")))
#endif

#endif
