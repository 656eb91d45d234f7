#include "core/coverage.hpp"

#include <algorithm>
#include <iterator>

namespace vigil::core {

namespace {

// Changes are made through this kernel alone, which tells of each.
constexpr std::string_view kComplete[] = {
    "adfs", "affs", "apfs", "bcachefs", "befs", "bfs", "btrfs", "cramfs", "ecryptfs", "efs", "erofs", "exfat", "ext2",
    "ext3", "ext4", "f2fs", "fat", "hfs", "hfsplus", "hpfs", "hugetlbfs", "iso9660", "jffs2", "jfs", "local", "minix",
    "msdos", "nilfs2", "ntfs", "ntfs3", "omfs", "overlay", "overlayfs", "aufs", "qnx4", "qnx6", "ramfs", "reiserfs",
    "romfs", "rootfs", "squashfs", "sysv", "tmpfs", "devtmpfs", "ubifs", "udf", "ufs", "vfat", "vxfs", "xfs", "zfs",
    "zonefs", "lxfs",
    // Of FUSE: what lies on a disk of this machine, or has no other way in.
    "fuseblk", "fuse.ntfs-3g", "fuse.ntfs", "fuse.exfat", "fuse.exfat-fuse", "fuse.ext2", "fuse.ext4", "fuse.fuse2fs",
    "fuse.fuse-ext2", "fuse.apfs", "fuse.zfs-fuse", "fuse.fuse-overlayfs", "fuse.snapfuse", "fuse.squashfuse",
    "fuse.squashfuse_ll", "fuse.erofsfuse", "fuse.archivemount"};

// A host shares its folders with this machine and passes on some of what happens there.
constexpr std::string_view kPartial[] = {
    "virtiofs",       "vboxsf", "vmhgfs",        "fuse.vmhgfs-fuse", "prl_fs", "prl_vfs", "fuse.prl_fsd", "fakeowner",
    "fuse.osxfs",     "osxfs",  "fuse.grpcfuse", "grpcfuse",         "drvfs",  "wslfs",   "remote",       "hgfs",
    "fuse.virtiofsd", "hostfs"};

// Others change what is there, over a network or beneath, and nobody tells.
constexpr std::string_view kAbsent[] = {"nfs",   "nfs3",  "nfs4",   "cifs",   "smb",      "smb2",  "smb3",  "smbfs",
                                        "ncpfs", "9p",    "ceph",   "afs",    "coda",     "gfs",   "gfs2",  "ocfs2",
                                        "gpfs",  "mmfs",  "lustre", "beegfs", "orangefs", "pvfs2", "panfs", "glusterfs",
                                        "acfs",  "davfs", "davfs2", "sshfs",  "fuse"};

// No disk at all: the kernel makes it up as it is asked.
constexpr std::string_view kOwn[] = {
    "autofs",     "binfmt_misc", "bpf",        "cgroup",  "cgroup2", "configfs", "cpuset",      "debugfs", "devpts",
    "efivarfs",   "fusectl",     "fuse.lxcfs", "mqueue",  "nfsd",    "nsfs",     "proc",        "pstore",  "resctrl",
    "rpc_pipefs", "securityfs",  "selinuxfs",  "smackfs", "sysfs",   "tracefs",  "fuse.portal", "usbfs"};

template <std::size_t kSize>
bool contains(const std::string_view (&types)[kSize], std::string_view type) {
  return std::find(std::begin(types), std::end(types), type) != std::end(types);
}

}  // namespace

Coverage coverage_of(std::string_view type) {
  if (type.empty() || contains(kComplete, type)) return Coverage::complete;
  if (contains(kOwn, type)) return Coverage::own;
  if (contains(kPartial, type)) return Coverage::partial;
  if (contains(kAbsent, type) || type.starts_with("fuse.")) return Coverage::absent;
  return Coverage::partial;  // nobody knows, so it is watched for what it tells, and looked at for what it does not
}

std::string explain_coverage(Coverage coverage, std::string_view type) {
  const std::string subject = "file system " + std::string(type);
  switch (coverage) {
    case Coverage::complete: return {};
    case Coverage::own: return subject + " does not tell what the kernel itself changes there: that is not told";
    case Coverage::absent:
      return subject +
             (type.starts_with("fuse") ? " does not tell of changes made behind it"
                                       : " does not tell of changes made elsewhere") +
             ": polled";
    case Coverage::partial: break;
  }
  const bool is_known = contains(kPartial, type);
  return subject + (is_known ? " tells only some of the changes made elsewhere" : " is not known to tell all changes") +
         ": watched, and compared every so often";
}

}  // namespace vigil::core
