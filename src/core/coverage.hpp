// How much of what happens in a file system its notifications tell. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vigil::core {

// | coverage | file systems | what is done |
// | --- | --- | --- |
// | complete | ext2, ext3, ext4, xfs, btrfs, bcachefs, f2fs, zfs, tmpfs, ramfs, overlay, vfat, exfat, ntfs3, fuseblk,
// other local ones; local disks of Windows | watched | | partial | virtiofs, vboxsf, vmhgfs, prl_fs, drvfs, ...:
// folders that a host shares; network drives of Windows; any type that is not known | watched, and compared every so
// often | | absent | nfs, cifs, smb3, 9p, ceph, afs, gfs2, ocfs2, lustre, ...; FUSE but for what is known to be local |
// polled | | own | proc, sysfs, cgroup2, debugfs, ...: what the kernel makes up | watched; what the kernel changes
// there is not told, and looking for it would cost more than it is worth |
enum class Coverage : std::uint8_t { complete, partial, absent, own };

// `type` in the words of the mount table. Empty where nobody knows: then as complete, for want of anything better.
Coverage coverage_of(std::string_view type);

// Why a directory there is not watched as others are, for a person: "file system nfs4 does not tell of changes made
// elsewhere: polled". Empty where it is.
std::string explain_coverage(Coverage coverage, std::string_view type);

}  // namespace vigil::core
