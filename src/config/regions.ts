/** Sigma's cloud regions and their API hosts. An organization lives in one region for good. */
export const REGIONS = {
  'gcp-us': 'https://api.sigmacomputing.com',
  'gcp-ksa': 'https://api.sa.gcp.sigmacomputing.com',
  'aws-us-west': 'https://aws-api.sigmacomputing.com',
  'aws-us-east': 'https://api.us-a.aws.sigmacomputing.com',
  'aws-ca': 'https://api.ca.aws.sigmacomputing.com',
  'aws-eu': 'https://api.eu.aws.sigmacomputing.com',
  'aws-uk': 'https://api.uk.aws.sigmacomputing.com',
  'aws-au': 'https://api.au.aws.sigmacomputing.com',
  'azure-us': 'https://api.us.azure.sigmacomputing.com',
  'azure-eu': 'https://api.eu.azure.sigmacomputing.com',
  'azure-ca': 'https://api.ca.azure.sigmacomputing.com',
  'azure-uk': 'https://api.uk.azure.sigmacomputing.com',
  'azure-au': 'https://api.au.azure.sigmacomputing.com',
} as const;

export type Region = keyof typeof REGIONS;

/** Region keys in the order of Sigma's own list. */
export const REGION_NAMES = Object.keys(REGIONS) as [Region, ...Region[]];
