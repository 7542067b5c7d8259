/**
 * Words of sh that install Debian packages where one is missing: those that the image has at hand (images/host/build.sh) come without
 * the network.
 */
export function installPackages(...packages: string[]): string {
  const names = packages.join(' ')
  const install = `DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ${names} >/dev/null`
  return `dpkg -s ${names} >/dev/null 2>&1 || ${install} || { apt-get update -qq && ${install}; }`
}
